import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';

/** Packages live above this folder, so tracing and module resolution start at the root of the repository. */
const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The Content-Security-Policy carries a nonce and is set for each request in `src/proxy.ts`. */
const SECURITY_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=(), usb=()' },
];

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: repositoryRoot,
  turbopack: { root: repositoryRoot },
  transpilePackages: ['@podex/client', '@podex/contracts'],
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // `npm run types` checks this folder with the same tsconfig.json.
  typescript: { ignoreBuildErrors: true },
  images: { unoptimized: true },
  experimental: { optimizePackageImports: ['radix-ui', 'lucide-react'] },
  async headers() {
    return [{ source: '/:path*', headers: SECURITY_HEADERS }];
  },
};

export default config;
