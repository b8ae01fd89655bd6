import { useEffect, useRef, useState } from "preact/hooks";
import type { Picture } from "../data/pictures.js";
import { Fault } from "./step.js";

interface WebcamProps {
  onPictures(pictures: readonly Picture[]): void;
}

/** Pictures a second while the button is held. */
const perSecond = 6;

/** Records pictures of a class for as long as a button is held. */
export function Webcam({ onPictures }: WebcamProps) {
  const video = useRef<HTMLVideoElement>(null);
  // The newest: what is recorded is put to what was recorded before.
  const newest = useRef(onPictures);
  newest.current = onPictures;
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [label, setLabel] = useState("first");
  const [recording, setRecording] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
    return () => stream?.getTracks().forEach((track) => track.stop());
  }, [stream]);

  useEffect(() => {
    if (!recording) return;
    const record = async (): Promise<void> => {
      const file = await frame(video.current!);
      if (file) newest.current([{ name: `${label}/webcam-${Date.now()}.png`, label, file }]);
    };
    // A short press is a picture, too.
    void record();
    const timer = setInterval(record, 1000 / perSecond);
    return () => clearInterval(timer);
  }, [recording, label]);

  const begin = async (): Promise<void> => {
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } }));
      setFault(null);
    } catch {
      setFault("The browser gives no camera; allow it for this page, or give pictures.");
    }
  };
  const [hold, release] = [() => setRecording(true), () => setRecording(false)];
  return (
    <div class="webcam">
      {/* One button for both, which keeps the focus. */}
      <button
        type="button"
        aria-describedby="fault-webcam"
        onClick={() => (stream === null ? void begin() : setStream(null))}
      >
        {stream === null ? "Record with the webcam" : "Stop the webcam"}
      </button>
      {stream === null ? null : (
        <>
          <video ref={video} autoPlay muted playsInline aria-label="what the webcam sees" />
          <label>
            Class
            <input value={label} onInput={(event) => setLabel(event.currentTarget.value.replace(/\//g, ""))} />
          </label>
          <button
            type="button"
            class="hold"
            disabled={label.trim() === ""}
            onPointerDown={hold}
            onPointerUp={release}
            onPointerLeave={release}
            onPointerCancel={release}
            onKeyDown={({ key }) => presses(key) && hold()}
            onKeyUp={({ key }) => presses(key) && release()}
            onBlur={release}
          >
            {recording ? "Recording …" : "Hold to record"}
          </button>
        </>
      )}
      <Fault id="fault-webcam" text={fault} />
    </div>
  );
}

/** Whether a key presses a button. */
function presses(key: string): boolean {
  return key === " " || key === "Enter";
}

/** What is seen now, as a picture. */
export async function frame(video: HTMLVideoElement): Promise<Blob | null> {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")!.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
