import { cameraFailure } from "../src/camera/failure.ts";

Deno.test("each failure of a camera has its own sentence, also an unknown one", () => {
  const names = ["NotAllowedError", "NotFoundError", "NotReadableError", "AbortError", "SecurityError"];
  const sentences = names.map((name) => cameraFailure(new DOMException("raw", name)));
  if (new Set(sentences).size !== names.length) throw new Error(sentences.join("\n"));
  if (sentences.some((each) => each.includes("raw") || !each.endsWith("."))) throw new Error(sentences.join("\n"));
  const unknown = cameraFailure(new Error("the lens is dirty"));
  if (!unknown.includes("the lens is dirty")) throw new Error(unknown);
});
