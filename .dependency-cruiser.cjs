/** The laws of ARCHITECTURE.md about who may import whom. Each rule’s comment says what breaks without it. */
const test = '\\.(test|spec)\\.ts$|/testing/|/scripts/';

/**
 * The folders of each service from the top down; `a/b` is a layer of its own inside `a`. A service with an empty list has no
 * layers yet and is not checked. `scripts/check-tree.ts` compares each list with the tree and with the service’s README.
 */
const layers = require('./scripts/layers.json');

/** One rule a folder: it imports only folders below its own. Types count: who needs another’s types cannot be understood alone. */
function layerRules([root, folders]) {
  return folders.slice(1).map((folder, index) => ({
    name: `layers-of-${root.split('/')[1]}`,
    comment: `A folder imports only those below it in the list of ${root}, so that each can be read and changed without those above.`,
    severity: 'error',
    from: { path: filesOf(root, folder, folders), pathNot: test },
    to: { path: folders.slice(0, index + 1).map((above) => filesOf(root, above, folders)) },
  }));
}

/** The files of a folder, without those of the layers inside it. */
function filesOf(root, folder, folders) {
  const inner = folders.filter((other) => other.startsWith(`${folder}/`));
  const except =
    inner.length === 0 ? '' : `(?!(${inner.map((other) => other.slice(folder.length + 1)).join('|')})/)`;
  return `^${root}/${folder}/${except}`;
}

const layeredRoots = Object.keys(layers).filter((root) => layers[root].length > 0);
const entryFiles = `^(${Object.keys(layers).join('|')})/(main|bridge)\\.ts$`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other cannot be understood, tested or moved apart.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(layers).flatMap(layerRules),
    {
      name: 'nothing-imports-an-entry',
      comment: 'A file that starts a process runs when it is imported.',
      severity: 'error',
      from: { pathNot: test },
      to: { path: entryFiles },
    },
    {
      name: 'config-imports-no-layer',
      comment:
        'Every layer reads the configuration, so it stands below all of them but the parsers of addresses.',
      severity: 'error',
      from: { path: `^(${layeredRoots.join('|')})/config\\.ts$` },
      to: { path: `^(${layeredRoots.join('|')})/(?!network/)[^/]+/` },
    },
    {
      name: 'web-knows-contracts-only',
      comment:
        'The page talks to api over HTTP; code of a service in the browser would leak secrets and weight.',
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { path: '^(services|workspace|tests|apps/cli|packages/service-kit)/' },
    },
    {
      name: 'services-are-apart',
      comment: 'Services meet over HTTP and contracts, so that each can be deployed and killed alone.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: test },
      to: { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    },
    {
      name: 'sql-only-in-stores',
      comment: 'One place for each table’s SQL: api’s database folder and the stores.',
      severity: 'error',
      from: {
        path: '^(services|packages|apps|workspace)/',
        pathNot: `^services/api/src/database/|-store\\.ts$|^services/api/src/accounts/auth\\.ts$|^services/api/src/app\\.ts$|${test}`,
      },
      to: { path: 'node_modules/(kysely|pg)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'docker-only-in-compute',
      comment: 'The engine is root on a server; one folder owns every call to it.',
      severity: 'error',
      from: {
        path: '^(services|packages|apps|workspace)/',
        pathNot: `^services/compute/src/docker/|${test}`,
      },
      to: { path: 'node_modules/(dockerode|docker-modem)/' },
    },
    {
      name: 'vendors-only-in-models',
      comment: 'A model vendor’s SDK, and its changes, stay behind services/agent/src/models.',
      severity: 'error',
      from: { path: '^(services|packages|apps|workspace)/', pathNot: `^services/agent/src/models/|${test}` },
      to: { path: 'node_modules/(ai|@ai-sdk|@openrouter)/' },
    },
    {
      name: 'demo-model-is-apart',
      comment: 'It stands in for a vendor: what it knew of Podex, no vendor would know.',
      severity: 'error',
      from: { path: '^apps/demo-model/' },
      to: { path: '^(services|packages|workspace|tests|apps/(cli|web))/' },
    },
    {
      name: 'contracts-import-zod-only',
      comment: 'Contracts are read by every part, the browser too.',
      severity: 'error',
      from: { path: '^packages/contracts/src/', pathNot: test },
      to: {
        pathNot:
          '^packages/contracts/src/|node_modules/(zod|hono|@hono/zod-openapi|@asteasolutions/zod-to-openapi)/',
      },
    },
    {
      name: 'packages-know-no-service',
      comment: 'Dependencies point downwards: apps and services, then packages, then contracts.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|apps|workspace|tests)/', pathNot: '^tests/temporary-folder\\.ts$' },
    },
    {
      name: 'nothing-imports-routes',
      comment: 'Routes are the edge: only the composition root mounts them.',
      severity: 'error',
      from: { path: '^services/', pathNot: `/app\\.ts$|/routes\\.ts$|${test}` },
      to: { path: '^services/.*-routes\\.ts$' },
    },
    {
      name: 'features-are-apart',
      comment:
        'A feature of the page is composed in app, not by another feature: what two need moves down to components or lib.',
      severity: 'error',
      from: { path: '^apps/web/src/features/([^/]+)/' },
      to: { path: '^apps/web/src/features/([^/]+)/', pathNot: '^apps/web/src/features/$1/' },
    },
    {
      name: 'features-know-no-page',
      comment: 'Layers of the page, from the top: app, features, components, lib. Imports point down.',
      severity: 'error',
      from: { path: '^apps/web/src/features/' },
      to: { path: '^apps/web/src/app/' },
    },
    {
      name: 'components-know-no-feature',
      comment: 'The design system has no domain words.',
      severity: 'error',
      from: { path: '^apps/web/src/components/' },
      to: { path: '^apps/web/src/(features|app)/' },
    },
    {
      name: 'lib-is-the-bottom',
      comment: 'What every layer of the page uses depends on none of them.',
      severity: 'error',
      from: { path: '^apps/web/src/lib/' },
      to: { path: '^apps/web/src/(components|features|app)/' },
    },
    {
      name: 'browser-knows-no-environment',
      comment: 'config.ts and its neighbours run in the server of the page; the browser has no environment.',
      severity: 'error',
      from: { path: '^apps/web/src/(features|components|lib)/' },
      to: { path: '^apps/web/src/[^/]+$' },
    },
    {
      name: 'web-has-no-cycles',
      comment: 'A type that two files of the page need from each other belongs in a third.',
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { circular: true },
    },
    {
      name: 'web-folders-have-no-cycles',
      comment: 'Folders of the page are layers too: in a feature, components use model and api.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^apps/web/' },
      to: { circular: true },
    },
    {
      name: 'no-tests-in-production',
      comment: 'Doubles never stand in for real parts outside tests.',
      severity: 'error',
      from: { path: '^(services|packages|workspace|apps)/', pathNot: test },
      to: { path: '^tests/|/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.next/|/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    extraExtensionsToScan: [],
  },
};
