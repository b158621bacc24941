import { type ReactNode, useEffect, useRef, useState } from 'react';
import { attempt } from '../../shell/rest.ts';
import { toast } from '../../shell/toasts.tsx';
import { accepted, acceptedEndings, typeOf, uploadFile } from './files.ts';
import { chatWords } from './words.ts';

/** A file that is uploaded and not sent yet. */
export interface UploadedFile {
  readonly fileId: string;
  readonly name: string;
}

interface UploadProps {
  readonly channel: string;
  readonly files: readonly UploadedFile[];
  readonly onChange: (change: (files: readonly UploadedFile[]) => readonly UploadedFile[]) => void;
}

/** Chooses files or records a voice message; each is uploaded at once, and sent with the message. */
export function Upload({ channel, files, onChange }: UploadProps): ReactNode {
  const say = chatWords();
  const [isBusy, setBusy] = useState(false);
  async function add(content: Blob, name: string): Promise<void> {
    const type = typeOf({ name, type: content.type });
    if (!type) {
      toast(say.attachKinds(acceptedEndings.join(', ')), 'bad');
      return;
    }
    setBusy(true);
    const fileId = await attempt(() => uploadFile(channel, name, type, content));
    setBusy(false);
    if (fileId !== undefined) onChange((before) => [...before, { fileId, name }]);
  }
  async function addAll(chosen: FileList | null): Promise<void> {
    for (const file of chosen ?? []) await add(file, file.name);
  }
  return (
    <>
      {files.map(({ fileId, name }) => (
        <p key={fileId} className="spread small attachment uploaded">
          <span>📎 {name}</span>
          <button
            type="button"
            className="quiet icon"
            aria-label={say.attachDrop(name)}
            onClick={() => onChange((before) => before.filter((other) => other.fileId !== fileId))}
          >
            ×
          </button>
        </p>
      ))}
      <div className="uploads" aria-busy={isBusy ? 'true' : undefined}>
        <label className="field small">
          {say.upload}
          <input
            type="file"
            multiple
            accept={accepted}
            disabled={isBusy}
            onChange={(event) => {
              const field = event.currentTarget;
              void addAll(field.files).then(() => {
                field.value = '';
              });
            }}
          />
        </label>
        <Recorder isBusy={isBusy} onRecorded={(content) => void add(content, say.voice)} />
      </div>
    </>
  );
}

interface RecorderProps {
  readonly isBusy: boolean;
  readonly onRecorded: (content: Blob) => void;
}

/** Browsers record in one of these. */
const recordedTypes = ['audio/webm', 'audio/mp4'];

/** A microphone needs a page that came by https, or from this machine. */
function Recorder({ isBusy, onRecorded }: RecorderProps): ReactNode {
  const say = chatWords();
  const recorder = useRef<MediaRecorder | undefined>(undefined);
  /** Undefined while nothing is recorded. */
  const [seconds, setSeconds] = useState<number>();
  /** While the browser asks the person for the microphone. */
  const [isAsking, setAsking] = useState(false);
  const isRecording = seconds !== undefined;
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
      if (recorder.current) release(recorder.current.stream);
    };
  }, []);
  useEffect(() => {
    if (!isRecording) return;
    const timer = setInterval(() => setSeconds((before = 0) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, [isRecording]);
  if (!('mediaDevices' in navigator) || !('MediaRecorder' in globalThis)) return null;
  async function start(): Promise<void> {
    const mimeType = recordedTypes.find((type) => MediaRecorder.isTypeSupported(type));
    setAsking(true);
    const stream =
      mimeType === undefined
        ? undefined
        : await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined);
    setAsking(false);
    if (!stream || mimeType === undefined) {
      toast(say.noMicrophone, 'bad');
      return;
    }
    if (left.current) return release(stream);
    const started = new MediaRecorder(stream, { mimeType });
    recorder.current = started;
    started.addEventListener('dataavailable', ({ data }) => {
      release(stream);
      setSeconds(undefined);
      if (left.current) return;
      if (data.size > 0) onRecorded(data);
      else toast(say.nothingRecorded, 'bad');
    });
    started.start();
    setSeconds(0);
  }
  return (
    <span className="recorder">
      <button
        type="button"
        aria-pressed={isRecording}
        disabled={isBusy || isAsking}
        onClick={() => (isRecording ? recorder.current?.stop() : void start())}
      >
        {isRecording ? `⏹ ${say.stopRecording}` : `🎙 ${say.record}`}
      </button>
      {isRecording && (
        <span role="timer" className="muted small">
          {' '}
          {seconds} s
        </span>
      )}
    </span>
  );
}

/** Gives the microphone back. */
function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
