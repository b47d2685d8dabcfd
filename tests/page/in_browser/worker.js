// Runs the checks of one module inside Pyodide, as the page's own worker would: {module, check, facts} -> {error}.
const settings = JSON.parse(self.name);

async function boot() {
  const { loadPyodide } = await import("/lab/pyodide/pyodide.mjs");
  const python = await loadPyodide({
    indexURL: new URL("/lab/pyodide/", location.origin).href,
    stdLibURL: settings.stdlib,
    lockFileContents: await (await fetch(settings.lock)).text(),
    packageBaseUrl: new URL("/assets/", location.origin).href,
    packages: ["mls-chat"],
  });
  python.FS.mkdirTree("/checks");
  for (const [name, text] of Object.entries(settings.modules)) python.FS.writeFile(`/checks/${name}`, text);
  python.runPython("import sys; sys.path.insert(0, '/checks')");
  return python;
}

const booted = boot();

self.onmessage = async ({ data: { module, check, facts } }) => {
  try {
    const python = await booted;
    await python.pyimport(module)[check](python.toPy(facts));
    self.postMessage({ error: "" });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
