// A member of at most one group by ts-mls, another implementation of RFC 9420.
import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  defaultLifetime,
  generateKeyPackage,
  generateKeyPackageWithKey,
  joinGroup,
  joinGroupExternal,
  makePskIndex,
  processMessage,
  processPrivateMessage,
  type Proposal,
} from "ts-mls";
import { cheating } from "./ts_mls_cheats.ts";
import { capabilities, configuration, EXTENSION } from "./ts_mls_config.ts";
import { decode, encode, readingLengths, writingLengths } from "./ts_mls_messages.ts";

export type Reply = Record<string, string | number | null>;
type KeyPackages = Awaited<ReturnType<typeof generateKeyPackage>>;

/** Who somebody is: a basic credential's identity and an Ed25519 key pair. */
export type Identity = { credential: Uint8Array; secretKey: Uint8Array; publicKey: Uint8Array };

export class Member {
  private group?: ClientState;
  private readonly keysOfOthers: Record<string, Uint8Array> = {};

  /** `suite` is the honest one, which `cheat` replaces. */
  constructor(private suite: CiphersuiteImpl, private readonly keys: KeyPackages) {}

  static async create(suite: CiphersuiteImpl, name: string): Promise<Member> {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(name) } as const;
    return new Member(suite, await generateKeyPackage(credential, capabilities(), defaultLifetime, [], suite));
  }

  static async known(suite: CiphersuiteImpl, { credential, secretKey, publicKey }: Identity): Promise<Member> {
    const basic = { credentialType: "basic", identity: credential } as const;
    const keys = { signKey: secretKey, publicKey };
    return new Member(suite, await generateKeyPackageWithKey(basic, capabilities(), defaultLifetime, [], keys, suite));
  }

  /** From now on one thing in what it makes is wrong. */
  cheat(how: string, number: number): Reply {
    this.suite = cheating(this.suite, how, number);
    return {};
  }

  get state(): ClientState {
    if (this.group === undefined) throw new Error("no group");
    return this.group;
  }

  keyPackage(): Reply {
    return { data: encode({ wireformat: "mls_key_package", keyPackage: this.keys.publicPackage }) };
  }

  /** An external pre-shared key, by its id. */
  know(id: string, key: string): Reply {
    this.keysOfOthers[id] = Uint8Array.fromBase64(key);
    return {};
  }

  async found(groupId: string): Promise<Reply> {
    const { publicPackage, privatePackage } = this.keys;
    this.group = await createGroup(Uint8Array.fromBase64(groupId), publicPackage, privatePackage, [], this.suite);
    return {};
  }

  async join(data: string): Promise<Reply> {
    const { welcome } = decode(data, "mls_welcome");
    const { publicPackage, privatePackage } = this.keys;
    const known = makePskIndex(undefined, this.keysOfOthers);
    this.group = await joinGroup(welcome, publicPackage, privatePackage, known, this.suite);
    return {};
  }

  /** In place of the own leaf, or of another's, by its signature key. */
  async externalJoin(data: string, inPlaceOf?: Uint8Array): Promise<Reply> {
    const { groupInfo } = decode(data, "mls_group_info");
    const { publicPackage, privatePackage } = this.keys;
    const suite = readingLengths(this.suite, publicPackage.initKey);
    const again = inPlaceOf !== undefined;
    const config = configuration(inPlaceOf);
    const joined = await joinGroupExternal(groupInfo, publicPackage, privatePackage, again, suite, undefined, config);
    this.group = joined.newState;
    return { commit: encode({ wireformat: "mls_public_message", publicMessage: joined.publicMessage }) };
  }

  async groupInfo(): Promise<Reply> {
    const suite = writingLengths(this.suite);
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.state, [], suite);
    return { data: encode({ wireformat: "mls_group_info", groupInfo }) };
  }

  add(data: string): Proposal {
    return { proposalType: "add", add: { keyPackage: decode(data, "mls_key_package").keyPackage } };
  }

  preSharedKey(id: string): Proposal {
    const pskNonce = crypto.getRandomValues(new Uint8Array(this.suite.kdf.size));
    const pskId = Uint8Array.fromBase64(id);
    return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce } } };
  }

  extend(data: string): Proposal {
    const extensions = [{ extensionType: EXTENSION, extensionData: Uint8Array.fromBase64(data) }];
    return { proposalType: "group_context_extensions", groupContextExtensions: { extensions } };
  }

  /** In place of the own leaf. */
  rejoin(data: string): Promise<Reply> {
    return this.externalJoin(data, this.keys.publicPackage.leafNode.signaturePublicKey);
  }

  /** For good, where everybody went along. */
  restart(): Proposal {
    const { groupId, version, cipherSuite, extensions } = this.state.groupContext;
    return { proposalType: "reinit", reinit: { groupId, version, cipherSuite, extensions } };
  }

  commit(...extraProposals: Proposal[]): Promise<Reply> {
    return this.commitAs(false, extraProposals);
  }

  /** `open`: for everybody who carries it to read. */
  async commitAs(open: boolean, extraProposals: Proposal[]): Promise<Reply> {
    const pskIndex = makePskIndex(this.state, this.keysOfOthers);
    const context = { state: this.state, cipherSuite: this.suite, pskIndex };
    const options = { extraProposals, ratchetTreeExtension: true, wireAsPublicMessage: open };
    const { newState, commit, welcome } = await createCommit(context, options);
    this.group = newState;
    return {
      commit: encode(commit),
      welcome: welcome === undefined ? null : encode({ wireformat: "mls_welcome", welcome }),
    };
  }

  async propose(proposal: Proposal): Promise<Reply> {
    const { newState, message } = await createProposal(this.state, false, proposal, this.suite);
    this.group = newState;
    return { message: encode(message) };
  }

  async encrypt(data: string): Promise<Reply> {
    const sent = await createApplicationMessage(this.state, Uint8Array.fromBase64(data), this.suite);
    this.group = sent.newState;
    return { message: encode({ wireformat: "mls_private_message", privateMessage: sent.privateMessage }) };
  }

  async process(data: string): Promise<Reply> {
    const message = decode(data, "mls_private_message", "mls_public_message");
    const known = makePskIndex(this.state, this.keysOfOthers);
    // of a private message, processMessage would forget the pre-shared keys
    const result = message.wireformat === "mls_private_message"
      ? await processPrivateMessage(this.state, message.privateMessage, known, this.suite)
      : await processMessage(message, this.state, known, acceptAll, this.suite);
    this.group = result.newState;
    return { text: result.kind === "applicationMessage" ? result.message.toBase64() : null };
  }

  status(): Reply {
    const extension = this.state.groupContext.extensions.find((each) => each.extensionType === EXTENSION);
    return {
      epoch: Number(this.state.groupContext.epoch),
      authenticator: this.state.keySchedule.epochAuthenticator.toBase64(),
      state: this.state.groupActiveState.kind,
      leaf: this.state.privatePath.leafIndex,
      extension: extension?.extensionData.toBase64() ?? null,
    };
  }
}
