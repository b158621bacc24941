/** A request that somebody else may make with these words and no others. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  /** Absolute, or relative to the address of this server. */
  readonly url: string;
  /** Headers that the request has to carry as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An upload that somebody is allowed to make. */
export interface ExpectedUpload {
  /** Letters, digits and hyphens. */
  readonly key: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** The content of an upload, as it lies there now. */
export interface FoundUpload {
  /** Bytes. */
  readonly size: number;
  /** The first bytes, at least {@link headBytes} where it has as many. */
  readonly head: Uint8Array;
  /** Differs for other content under the same key. */
  readonly version: string;
}

/** A file as it is handed out. */
export interface HandedFile {
  readonly key: string;
  /** The `content-type` with which it comes. */
  readonly type: string;
  /** The `content-disposition` with which it comes. */
  readonly disposition: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** The bytes from which the type of a file is told. */
export const headBytes = 4_096;

/**
 * Keeps the bytes of files. An upload lies where no download finds it until `keep` made it a file; what is uploaded under
 * the same link later changes no file. Links cannot be guessed or altered and end when they say. Every method rejects with
 * AppError `files_unavailable` where the store cannot be reached.
 */
export interface FileStore {
  /** The origin of its links, for the rules of pages; undefined where they lead to this server. */
  readonly origin?: string;
  /** A request that puts exactly this upload. */
  uploadLink(upload: ExpectedUpload): Promise<SignedRequest>;
  /** Looks at an upload; at the file where it is kept already; undefined where nothing was uploaded. */
  look(key: string): Promise<FoundUpload | undefined>;
  /**
   * Makes the upload a file. False where it is not the version that was looked at, and nothing is kept then. A repeat
   * changes nothing.
   */
  keep(key: string, version: string): Promise<boolean>;
  /** The address of a file; a link to none leads to an answer 404. */
  downloadLink(file: HandedFile): Promise<string>;
  /** Removes what was uploaded and not kept; with `whole`, the file too. Nothing there is no error. */
  remove(key: string, whole: boolean): Promise<void>;
  /** Rejects where the store would refuse this server. Changes nothing. */
  check(): Promise<void>;
}
