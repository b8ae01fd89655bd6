import { useEffect, useRef, useState } from "preact/hooks";
import type { Jobs } from "../job/jobs.js";
import type { Said } from "../job/told.js";
import type { Caller } from "../job/calls.js";
import { Answers } from "./answers.js";
import { MapOverlay, MapParts } from "./map-answer.js";
import { Spoken } from "./spoken.js";
import { spokenAnswer } from "./spoken-answer.js";
import { Fault } from "./step.js";
import { frame } from "./webcam.js";
import { sentence } from "./words.js";

/** Asks the fine-tuned model: a picture, or what the webcam sees. */
export function Try({ caller }: { caller: Caller<Jobs> }) {
  const [said, setSaid] = useState<Said | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const video = useRef<HTMLVideoElement>(null);

  /** @param name of the file, if it is one */
  const ask = async (file: Blob, name?: string): Promise<void> => {
    try {
      setSaid(await caller.call("predict", file));
      setFault(null);
    } catch (error) {
      setSaid(null);
      setShown(null);
      setFault(sentence(`There is no answer${name === undefined ? "" : ` to ${name}`}: ${(error as Error).message}`));
    }
  };
  useEffect(() => {
    if (!stream) return;
    if (video.current) video.current.srcObject = stream;
    let going = true;
    void (async () => {
      while (going) {
        const file = video.current && (await frame(video.current));
        if (file && going) await ask(file);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    return () => {
      going = false;
      stream.getTracks().forEach((track) => track.stop());
    };
  }, [stream]);

  const choose = (file: File | undefined): void => {
    if (!file) return;
    setStream(null);
    setSaid(null);
    setShown(URL.createObjectURL(file));
    void ask(file, file.name);
  };
  const film = async (): Promise<void> => {
    try {
      setShown(null);
      setStream(await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } }));
    } catch {
      setFault("The browser gives no camera; allow it for this page.");
    }
  };
  return (
    <div class="try">
      <h3>Try it</h3>
      <p class="choices">
        <label class="button">
          Choose a picture
          <input
            type="file"
            accept="image/*"
            data-testid="ask"
            aria-describedby="fault-asking"
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
        </label>
        <button type="button" onClick={() => (stream ? setStream(null) : void film())}>
          {stream ? "Stop the webcam" : "Ask the webcam"}
        </button>
      </p>
      <div class="asked">
        {shown || stream ? (
          <div class="seen">
            {shown ? <img src={shown} alt="the picture that was asked" /> : null}
            {stream ? <video ref={video} autoPlay muted playsInline aria-label="what the webcam sees" /> : null}
            {said?.of === "pixels" ? <MapOverlay said={said} /> : null}
          </div>
        ) : null}
        {said?.of === "pixels" ? (
          <MapParts said={said} />
        ) : (
          <Answers answer={said?.of === "sample" ? said.answer : null} />
        )}
      </div>
      <Spoken text={spokenAnswer(said)} />
      <Fault id="fault-asking" text={fault} />
    </div>
  );
}
