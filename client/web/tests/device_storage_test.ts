import { askToKeep, type Manager, readStorage, sizeText, storageReport } from "../src/device-storage.ts";

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

function manager(usage: number | undefined, persistent: boolean): Manager {
  return {
    estimate: () => Promise.resolve(usage === undefined ? {} : { usage, quota: 5000 }),
    persisted: () => Promise.resolve(persistent),
    persist: () => Promise.resolve(persistent),
  };
}

Deno.test("what the browser says of its storage", async () => {
  equal(await readStorage(manager(1200, true)), { used: 1200, available: 3800, persistent: true });
  equal(await readStorage(manager(6000, false)), { used: 6000, available: 0, persistent: false });
});

Deno.test("a browser that says nothing, or fails, leaves it open", async () => {
  const silent = { used: null, available: null, persistent: null };
  equal(await readStorage(undefined), silent);
  equal(await readStorage({}), silent);
  equal(await readStorage({ estimate: () => Promise.reject(new TypeError("no")) }), silent);
  equal((await readStorage(manager(undefined, true))).used, null);
});

Deno.test("asking the browser to keep the data tells the outcome", async () => {
  equal([await askToKeep(manager(0, true)), await askToKeep(manager(0, false))], [true, false]);
  equal([await askToKeep(undefined), await askToKeep({ persist: () => Promise.reject(new Error("no")) })], [
    false,
    false,
  ]);
});

Deno.test("sizes are short and true to the unit", () => {
  equal([0, 999, 1000, 1234567, 999_400_000, 10.4e9, 5e15].map(sizeText), [
    "0 B",
    "999 B",
    "1.0 kB",
    "1.2 MB",
    "999 MB",
    "10.4 GB",
    "5000 TB",
  ]);
  equal(sizeText(null), "not told by the browser");
});

Deno.test("the report says in bytes what is known", () => {
  equal(
    storageReport({ used: 12, available: null, persistent: false }),
    "storage: 12 bytes used, ? available, persistent: no",
  );
  equal(
    storageReport({ used: null, available: 3, persistent: null }),
    "storage: ? bytes used, 3 available, persistent: not told",
  );
});
