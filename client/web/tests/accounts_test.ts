import { endsAccount } from "../src/account-end.ts";
import { readIndex, storageName } from "../src/accounts.ts";

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

Deno.test("what is no index is that of one account", () => {
  for (const text of [null, "", "{", "null", "[]", '{"slots":7}', '"x"']) {
    equal(readIndex(text), { slots: [0], active: 0 });
  }
});

Deno.test("only numbers are slots", () => {
  equal(readIndex('{"slots":[1,"2",-3,4.5,null,6],"active":6}'), { slots: [1, 6], active: 6 });
  equal(readIndex('{"slots":[3],"active":"3"}'), { slots: [3], active: 3 });
  equal(readIndex('{"slots":[],"active":null}'), { slots: [], active: 0 });
});

Deno.test("the first account has the name from before there were several", () => {
  equal([0, 1, 12].map(storageName), ["mls-chat", "mls-chat 1", "mls-chat 12"]);
});

Deno.test("a page begins again when its account was locked or erased, and never otherwise", () => {
  equal(endsAccount("ready", "locked"), true);
  equal(endsAccount("erasing", "new"), true);
  equal(endsAccount("locked", "new"), true);
  equal(endsAccount("revoked", "new"), true);
  for (const now of ["new", "ready", "locked", "revoked", "erasing"] as const) {
    equal(endsAccount(null, now), false);
    equal(endsAccount(now, now), false);
    equal(endsAccount("new", now), false);
  }
  equal(endsAccount("locked", "ready"), false);
  equal(endsAccount("ready", "erasing"), false);
});
