/**
 * Bundles the page's scripts and style into OUT and writes index.html and sw.js around them:
 *
 *     deno run -A bundle.ts OUT ADDRESSES.json
 *
 * The addresses say where the runtime, the standard library, the lock file and the packages are, and which `files`
 * the service worker keeps beside the bundles.
 */
import * as esbuild from "esbuild";

interface Addresses {
  runtime: string;
  stdlib: string;
  lock: string;
  packages: string;
  files: string[];
}

const web = new URL("..", import.meta.url).pathname;
const [out, addressFile] = Deno.args;
if (!out || !addressFile) throw new Error("usage: bundle.ts OUT ADDRESSES.json");
const addresses: Addresses = JSON.parse(await Deno.readTextFile(addressFile));

/** Bundles one entry to OUT/assets; returns its address. */
async function bundle(entry: string, define: Record<string, unknown> = {}): Promise<string> {
  const { metafile } = await esbuild.build({
    ...options(define),
    entryPoints: [`${web}/${entry}`],
    entryNames: "[name]-[hash]",
    loader: { ".svg": "copy" },
    outdir: `${out}/assets`,
    metafile: true,
  });
  const [file] = Object.keys(metafile.outputs);
  return `/assets/${file!.split("/").at(-1)}`;
}

function options(define: Record<string, unknown>): esbuild.BuildOptions {
  return {
    define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["/assets/*", "node:*", "ws"],
    legalComments: "none",
    logLevel: "warning",
    absWorkingDir: web,
  };
}

async function version(texts: string[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\n")));
  return [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

try {
  const worker = await bundle("src/worker/engine.worker.ts", {
    RUNTIME_URL: addresses.runtime,
    STDLIB_URL: addresses.stdlib,
    LOCK_URL: addresses.lock,
    PACKAGES_URL: addresses.packages,
  });
  const decoder = await bundle("src/camera/qr-decoder.ts");
  const main = await bundle("src/main.ts", { WORKER_URL: worker, DECODER_URL: decoder });
  const [style, icon] = [await bundle("index.css"), await bundle("icon.svg")];

  let index = await Deno.readTextFile(`${web}/index.html`);
  for (const [name, address] of Object.entries({ main, style, icon })) index = index.replace(`{{${name}}}`, address);
  await Deno.writeTextFile(`${out}/index.html`, index);

  const files = [...addresses.files, worker, decoder, main, style, icon];
  await esbuild.build({
    ...options({ FILES: files, VERSION: await version([index, ...files]) }),
    entryPoints: [`${web}/src/worker/sw.ts`],
    outfile: `${out}/sw.js`,
  });
} finally {
  await esbuild.stop();
}
