/** The client package: everything that a page knows of the server passes through it and `rest.ts`. */
export * from '../../../web/src/index.ts';
export * from '../../../web/src/parts/index.ts';
export {
  TambuliProvider,
  useChannel,
  useConnection,
  usePresence,
  useSnapshot,
  useTambuli,
} from '../../../web/src/react/index.ts';
export * from '../../../web/src/react/parts/index.ts';
