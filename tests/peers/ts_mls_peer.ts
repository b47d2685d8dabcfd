// Members by ts-mls, for tests on the other side of a pipe: a JSON request a line in, a JSON reply a line out.
import { type CiphersuiteName, ciphersuites, getCiphersuiteFromName, getCiphersuiteImpl } from "ts-mls";
import { type Identity, Member, type Reply } from "./ts_mls_member.ts";

type Request = { operation: string; member: number; data?: string; more?: string; leaf?: number; suite?: number };

const SECRET_KEY_BYTES = 32;

const SUITES = Object.keys(ciphersuites) as CiphersuiteName[];
const members = new Map<number, Member>();

/** `data`: a credential, `more`: secret and public key, for a member that others know. */
async function start({ member, suite, data, more }: Request): Promise<Reply> {
  const name = SUITES.find((each) => ciphersuites[each] === suite);
  if (name === undefined) throw new Error(`no cipher suite ${suite}`);
  const primitives = await getCiphersuiteImpl(getCiphersuiteFromName(name));
  const made = data ? Member.known(primitives, identity(data, more)) : Member.create(primitives, `ts-mls ${member}`);
  members.set(member, await made);
  return {};
}

function identity(data: string, more = ""): Identity {
  const keys = Uint8Array.fromBase64(more);
  const [secretKey, publicKey] = [keys.subarray(0, SECRET_KEY_BYTES), keys.subarray(SECRET_KEY_BYTES)];
  return { credential: Uint8Array.fromBase64(data), secretKey, publicKey };
}

function ask(member: Member, { operation, data = "", more = "", leaf = -1 }: Request): Reply | Promise<Reply> {
  switch (operation) {
    case "key_package":
      return member.keyPackage();
    case "know":
      return member.know(data, more);
    case "create":
      return member.found(data);
    case "join":
      return member.join(data);
    case "external_join":
      return member.externalJoin(data);
    case "rejoin":
      return member.rejoin(data);
    case "usurp":
      return member.externalJoin(data, Uint8Array.fromBase64(more));
    case "cheat":
      return member.cheat(new TextDecoder().decode(Uint8Array.fromBase64(data)), leaf);
    case "group_info":
      return member.groupInfo();
    case "add":
      return member.commit(member.add(data));
    case "remove":
      return member.commit({ proposalType: "remove", remove: { removed: leaf } });
    case "update":
      return member.commit();
    case "update_openly":
      return member.commitAs(true, []);
    case "restart":
      return member.commit(member.restart());
    case "prove":
      return member.commit(member.preSharedKey(data));
    case "extend":
      return member.commit(member.extend(data));
    case "propose_add":
      return member.propose(member.add(data));
    case "propose_remove":
      return member.propose({ proposalType: "remove", remove: { removed: leaf } });
    case "encrypt":
      return member.encrypt(data);
    case "process":
      return member.process(data);
    case "status":
      return member.status();
    default:
      throw new Error(`no operation ${operation}`);
  }
}

async function answer(request: Request): Promise<Reply> {
  if (request.operation === "start") return await start(request);
  const member = members.get(request.member);
  if (member === undefined) throw new Error("not started");
  return await ask(member, request);
}

async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

// so that what is valid today is valid whenever this runs
Date.now = () => Number(Deno.args[0]) * 1000;

for await (const line of lines()) {
  const reply = await answer(JSON.parse(line)).catch((error: unknown) => ({ error: String(error) }));
  console.log(JSON.stringify(reply));
}
