import type { Tour } from './tour.ts';

export const slowJobTour: Tour = {
  prompt: 'Run a slow job while I watch',
  steps: [
    {
      say: 'I start a job that takes half a minute and prints as it goes. Reload the page, close it, or cancel me in the middle: the job belongs to the workspace, not to this page.',
      calls: [
        {
          name: 'run_command',
          arguments: {
            command:
              'for step in $(seq 1 30); do printf "step %2d of 30  %s\\n" "$step" "$(date +%T)"; sleep 1; done; echo finished',
            timeout_seconds: 120,
          },
        },
      ],
    },
    {
      say: 'It went through all 30 steps. If you reloaded the page meanwhile, you saw that nothing was lost.\n\n_(I am a scripted demo: the words were written beforehand, the job was real.)_',
      expect: /finished/,
    },
  ],
};
