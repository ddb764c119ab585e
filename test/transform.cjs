const { transformSync } = require('esbuild');

/** jest's TypeScript transform: types are stripped here and checked by `npm run check`. */
module.exports = {
  process: (source, path) =>
    transformSync(source, {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      sourcefile: path,
      sourcemap: 'inline',
    }),
};
