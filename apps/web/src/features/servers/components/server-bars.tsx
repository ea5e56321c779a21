import type { Server } from '@podex/contracts/servers';
import { clsx } from 'clsx';
import { formatMegabytes } from '#lib/format.ts';

const NEARLY_FULL = 0.85;

interface Bar {
  label: string;
  used: number;
  max: number;
  text: string;
}

/** How much of a server is taken: what is promised to workspaces, and what lies on its disk. */
export function ServerBars({ server }: { server: Server }) {
  const { disk_total_gb: diskGb, disk_free_gb: freeGb } = server.facts ?? {};
  const bars: Bar[] = [
    {
      label: 'CPU promised',
      used: server.reserved_cpu,
      max: server.usable_cpu,
      text: `${server.reserved_cpu} of ${server.usable_cpu}`,
    },
    {
      label: 'Memory promised',
      used: server.reserved_memory_mb,
      max: server.usable_memory_mb,
      text: `${formatMegabytes(server.reserved_memory_mb)} of ${formatMegabytes(server.usable_memory_mb)}`,
    },
    ...(diskGb === undefined || freeGb === undefined
      ? []
      : [
          {
            label: 'Disk used',
            used: diskGb - freeGb,
            max: diskGb,
            text: `${diskGb - freeGb} of ${diskGb} GB`,
          },
        ]),
  ];
  return (
    <ul aria-label="Capacity" className="grid gap-x-8 gap-y-4 sm:grid-cols-3">
      {bars.map((bar) => (
        <BarItem key={bar.label} bar={bar} />
      ))}
    </ul>
  );
}

function BarItem({ bar: { label, used, max, text } }: { bar: Bar }) {
  const share = max === 0 ? 1 : Math.min(1, used / max);
  return (
    <li className="min-w-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="text-sm">{label}</span>
        <span className="text-ink-2 text-xs tabular-nums">{text}</span>
      </div>
      <div aria-hidden className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-line">
        <div
          className={clsx('h-full rounded-full', share > NEARLY_FULL ? 'bg-warning' : 'bg-accent')}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </li>
  );
}
