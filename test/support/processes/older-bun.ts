// Preloaded into a process: it takes itself for an older Bun.
Object.defineProperty(process.versions, 'bun', { value: '1.3.9' });
