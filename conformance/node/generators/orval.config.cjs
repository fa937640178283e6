module.exports = {
  payreports: {
    input: { target: process.env.SPEC },
    output: { target: 'generated/api.ts', client: 'fetch', mode: 'single', override: { mutator: { path: 'send.ts', name: 'send' } } },
  },
};
