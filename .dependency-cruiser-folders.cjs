/**
 * Folders that import each other, type imports included. Tests may import upwards and folders are compared as a whole, so this
 * graph is cruised without tests, apart from the one of `.dependency-cruiser.cjs`.
 */
const { options } = require('./.dependency-cruiser.cjs');
const layers = require('./scripts/layers.json');

const withoutLayers = Object.keys(layers).filter((root) => layers[root].length === 0);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-folder-cycles',
      comment:
        'Folders that import each other are one folder: neither can be understood, tested or moved alone.',
      severity: 'error',
      scope: 'folder',
      from: withoutLayers.length === 0 ? {} : { pathNot: `^(${withoutLayers.join('|')})` },
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: { path: `${options.exclude.path}|\\.(test|spec)\\.tsx?$|/testing/` },
  },
};
