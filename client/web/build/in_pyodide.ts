/**
 * Runs a Python program inside Pyodide, with folders of this machine mounted:
 *
 *     deno run -A in_pyodide.ts --mount HOST=/inside … [--install /inside/x.whl]… PROGRAM ARGUMENTS…
 *
 * PROGRAM is a path inside. `--stdlib FILE` replaces Pyodide's own standard library. Wheels are unpacked as they are, without resolving anything. The exit code is the program's.
 */
import { loadPyodide, type PyodideAPI } from "pyodide";

interface Task {
  mounts: [string, string][];
  wheels: string[];
  stdlib: string | undefined;
  program: string;
  args: string[];
}

function parse(words: string[]): Task {
  const task: Task = { mounts: [], wheels: [], stdlib: undefined, program: "", args: [] };
  while (words.length > 0 && !task.program) {
    const word = words.shift()!;
    if (word === "--mount") {
      const [host, inside] = words.shift()?.split("=") ?? [];
      if (!host || !inside) throw new Error("--mount takes HOST=/inside");
      task.mounts.push([host, inside]);
    } else if (word === "--stdlib") task.stdlib = words.shift();
    else if (word === "--install") task.wheels.push(words.shift() ?? "");
    else task.program = word;
  }
  if (!task.program) throw new Error("no program given");
  task.args = words;
  return task;
}

async function prepare(task: Task): Promise<PyodideAPI> {
  const python = await loadPyodide({
    env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" },
    ...(task.stdlib ? { stdLibURL: task.stdlib } : {}),
  });
  for (const [host, inside] of task.mounts) python.mountNodeFS(inside, Deno.realPathSync(host));
  for (const wheel of task.wheels) python.unpackArchive(python.FS.readFile(wheel), "wheel");
  return python;
}

const START = `
import runpy, sys
async def start(program, args):
    sys.argv = [program, *args]
    try:
        main = runpy.run_path(program).get("main")
        code = main() if main else 0
        code = await code if hasattr(code, "__await__") else code
        return code or 0
    except SystemExit as end:
        return end.code or 0
start
`;

const task = parse([...Deno.args]);
const python = await prepare(task);
const start = python.runPython(START);
const code = await start(task.program, python.toPy(task.args));
Deno.exit(typeof code === "number" ? code : 1);
