import { cameraFailure } from "./failure.ts";

/** The camera that looks away from the person, where there are two. Fails with a sentence. */
export async function openCamera(): Promise<MediaStream> {
  try {
    if (!navigator.mediaDevices) throw new DOMException("no secure context", "SecurityError");
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    console.warn("no camera:", error);
    throw new Error(cameraFailure(error));
  }
}

export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
