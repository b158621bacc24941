// Preloaded into a server process: it fails in ways no handler of ours expects.
const fault = () => Object.assign(new Error('unforeseen'), { token: 'a-token', params: ['a-parameter'] });

process.on('SIGUSR1', () => {
  void Promise.reject(fault());
});
process.on('SIGUSR2', () => {
  setTimeout(() => {
    throw fault();
  });
});
