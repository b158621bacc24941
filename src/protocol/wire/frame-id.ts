/** The id by which a client matches the reply to a frame. */
export type FrameId = string | number;
