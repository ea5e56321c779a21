'use client';

import dynamic from 'next/dynamic';
import { Skeleton } from '#components/skeleton.tsx';

/** Loads CodeMirror with the first diff, apart from the page's first scripts. */
export const DiffView = dynamic(() => import('./file-diff-view.tsx').then((module) => module.FileDiffView), {
  ssr: false,
  loading: () => <Skeleton className="h-24 w-full" />,
});
