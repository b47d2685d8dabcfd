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
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  joinGroupExternal,
  makePskIndex,
  type MLSMessage,
  type MlsMessageContent,
  processMessage,
  processPrivateMessage,
  type Proposal,
} from "ts-mls";

export type Reply = Record<string, string | number | null>;
type Content<Format extends MlsMessageContent["wireformat"]> = Extract<MLSMessage, { wireformat: Format }>;
type KeyPackages = Awaited<ReturnType<typeof generateKeyPackage>>;

/** The group context extension that these members understand. */
const EXTENSION = 0xf001;

function encode(content: MlsMessageContent): string {
  return encodeMlsMessage({ ...content, version: "mls10" }).toBase64();
}

function decode<Format extends MlsMessageContent["wireformat"]>(data: string, ...formats: Format[]): Content<Format> {
  const bytes = Uint8Array.fromBase64(data);
  const [message, length] = decodeMlsMessage(bytes, 0) ?? [];
  if (message === undefined || length !== bytes.length) throw new Error("not an MLSMessage");
  if (!formats.some((format) => format === message.wireformat)) throw new Error(`not a ${formats}`);
  return message as Content<Format>;
}

/** What RFC 9420 puts in front of the external_pub of a GroupInfo (12.4.3.2) and ts-mls leaves out: its length. */
function lengthOf(key: Uint8Array): number[] {
  return key.length < 64 ? [key.length] : [0x40 | (key.length >> 8), key.length & 0xff];
}

function readingLengths(suite: CiphersuiteImpl, sample: Uint8Array): CiphersuiteImpl {
  const start = lengthOf(sample).length;
  const importPublicKey = (key: Uint8Array) =>
    suite.hpke.importPublicKey(key.length === sample.length ? key : key.subarray(start));
  return { ...suite, hpke: { ...suite.hpke, importPublicKey } };
}

function writingLengths(suite: CiphersuiteImpl): CiphersuiteImpl {
  const exportPublicKey: CiphersuiteImpl["hpke"]["exportPublicKey"] = async (key) => {
    const bytes = await suite.hpke.exportPublicKey(key);
    return Uint8Array.from([...lengthOf(bytes), ...bytes]);
  };
  return { ...suite, hpke: { ...suite.hpke, exportPublicKey } };
}

export class Member {
  private group?: ClientState;
  private readonly keysOfOthers: Record<string, Uint8Array> = {};

  constructor(private readonly suite: CiphersuiteImpl, private readonly keys: KeyPackages) {}

  static async create(suite: CiphersuiteImpl, name: string): Promise<Member> {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(name) } as const;
    const capabilities = { ...defaultCapabilities(), extensions: [EXTENSION] };
    return new Member(suite, await generateKeyPackage(credential, capabilities, defaultLifetime, [], suite));
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

  /** `again`: in place of the own leaf. */
  async externalJoin(data: string, again: boolean): Promise<Reply> {
    const { groupInfo } = decode(data, "mls_group_info");
    const { publicPackage, privatePackage } = this.keys;
    const suite = readingLengths(this.suite, publicPackage.initKey);
    const joined = await joinGroupExternal(groupInfo, publicPackage, privatePackage, again, suite);
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

  async commit(...extraProposals: Proposal[]): Promise<Reply> {
    const pskIndex = makePskIndex(this.state, this.keysOfOthers);
    const context = { state: this.state, cipherSuite: this.suite, pskIndex };
    const { newState, commit, welcome } = await createCommit(context, { extraProposals, ratchetTreeExtension: true });
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
