/** What a client puts into a frame to match the reply by. */
export type FrameId = string | number;
