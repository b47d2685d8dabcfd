// One member by ts-mls, another implementation of RFC 9420: a JSON request a line in, a JSON reply a line out.
import {
  acceptAll,
  type CiphersuiteImpl,
  type CiphersuiteName,
  ciphersuites,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type MLSMessage,
  type MlsMessageContent,
  processMessage,
  type Proposal,
} from "ts-mls";

type Request = { operation: string; data?: string; leaf?: number; suite?: number };
type Reply = Record<string, string | number | null>;
type Content<Format extends MlsMessageContent["wireformat"]> = Extract<MLSMessage, { wireformat: Format }>;

const SUITES = Object.keys(ciphersuites) as CiphersuiteName[];
const NAME = new TextEncoder().encode("ts-mls");

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

class Peer {
  private group?: ClientState;

  constructor(
    private readonly suite: CiphersuiteImpl,
    private readonly keys: Awaited<ReturnType<typeof generateKeyPackage>>,
  ) {}

  static async create(number: number): Promise<Peer> {
    const name = SUITES.find((suite) => ciphersuites[suite] === number);
    if (name === undefined) throw new Error(`no cipher suite ${number}`);
    const suite = await getCiphersuiteImpl(getCiphersuiteFromName(name));
    const credential = { credentialType: "basic", identity: NAME } as const;
    return new Peer(suite, await generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite));
  }

  private get state(): ClientState {
    if (this.group === undefined) throw new Error("no group");
    return this.group;
  }

  private async commit(...extraProposals: Proposal[]): Promise<Reply> {
    const options = { extraProposals, ratchetTreeExtension: true };
    const { newState, commit, welcome } = await createCommit({ state: this.state, cipherSuite: this.suite }, options);
    this.group = newState;
    return {
      commit: encode(commit),
      welcome: welcome === undefined ? null : encode({ wireformat: "mls_welcome", welcome }),
    };
  }

  private async propose(proposal: Proposal): Promise<Reply> {
    const { newState, message } = await createProposal(this.state, false, proposal, this.suite);
    this.group = newState;
    return { message: encode(message) };
  }

  private async process(data: string): Promise<Reply> {
    const message = decode(data, "mls_private_message", "mls_public_message");
    const result = await processMessage(message, this.state, emptyPskIndex, acceptAll, this.suite);
    this.group = result.newState;
    return { text: result.kind === "applicationMessage" ? result.message.toBase64() : null };
  }

  private async externalJoin(data: string): Promise<Reply> {
    const { groupInfo } = decode(data, "mls_group_info");
    const { publicPackage, privatePackage } = this.keys;
    const suite = readingLengths(this.suite, publicPackage.initKey);
    const joined = await joinGroupExternal(groupInfo, publicPackage, privatePackage, false, suite);
    this.group = joined.newState;
    return { commit: encode({ wireformat: "mls_public_message", publicMessage: joined.publicMessage }) };
  }

  async answer({ operation, data = "", leaf = -1 }: Request): Promise<Reply> {
    const { publicPackage, privatePackage } = this.keys;
    switch (operation) {
      case "key_package":
        return { data: encode({ wireformat: "mls_key_package", keyPackage: publicPackage }) };
      case "create":
        this.group = await createGroup(Uint8Array.fromBase64(data), publicPackage, privatePackage, [], this.suite);
        return {};
      case "join": {
        const { welcome } = decode(data, "mls_welcome");
        this.group = await joinGroup(welcome, publicPackage, privatePackage, emptyPskIndex, this.suite);
        return {};
      }
      case "external_join":
        return await this.externalJoin(data);
      case "group_info": {
        const suite = writingLengths(this.suite);
        const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.state, [], suite);
        return { data: encode({ wireformat: "mls_group_info", groupInfo }) };
      }
      case "add": {
        const { keyPackage } = decode(data, "mls_key_package");
        return await this.commit({ proposalType: "add", add: { keyPackage } });
      }
      case "remove":
        return await this.commit({ proposalType: "remove", remove: { removed: leaf } });
      case "update":
        return await this.commit();
      case "propose_remove":
        return await this.propose({ proposalType: "remove", remove: { removed: leaf } });
      case "encrypt": {
        const sent = await createApplicationMessage(this.state, Uint8Array.fromBase64(data), this.suite);
        this.group = sent.newState;
        return { message: encode({ wireformat: "mls_private_message", privateMessage: sent.privateMessage }) };
      }
      case "process":
        return await this.process(data);
      case "status":
        return {
          epoch: Number(this.state.groupContext.epoch),
          authenticator: this.state.keySchedule.epochAuthenticator.toBase64(),
          state: this.state.groupActiveState.kind,
        };
      default:
        throw new Error(`no operation ${operation}`);
    }
  }
}

async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

let peer: Peer | undefined;

async function answer(request: Request): Promise<Reply> {
  if (request.operation === "start") {
    peer = await Peer.create(request.suite ?? 0);
    return {};
  }
  if (peer === undefined) throw new Error("not started");
  return await peer.answer(request);
}

for await (const line of lines()) {
  const reply = await answer(JSON.parse(line)).catch((error: unknown) => ({ error: String(error) }));
  console.log(JSON.stringify(reply));
}
