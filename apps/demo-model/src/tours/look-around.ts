import type { Tour } from './tour.ts';

export const lookAroundTour: Tour = {
  prompt: 'Show me around this workspace',
  steps: [
    {
      say: 'Happy to. First your files, then the machine.',
      calls: [
        { name: 'list_files', arguments: { path: '.' } },
        {
          name: 'run_command',
          arguments: {
            command:
              'echo "user:    $(id -un)"; . /etc/os-release; echo "system:  $PRETTY_NAME"; echo "cpus:    $(nproc)"; free -m | awk \'/^Mem/ {print "memory:  " $2 " MB, " $7 " MB free"}\'; df -h --output=size,avail /home/dev | awk \'NR==2 {print "disk:    " $1 ", " $2 " free"}\'',
          },
        },
        {
          name: 'run_command',
          arguments: {
            command:
              'sudo -n dmesg 2>/dev/null | head -n 3; for tool in git node npm python3 rg tmux gcc; do command -v $tool >/dev/null && echo "$tool: $($tool --version 2>&1 | head -n 1)"; done; true',
          },
        },
      ],
    },
    {
      say: 'That is your workspace:\n\n- **Files** live in `/home/dev` and outlast a stop and a start.\n- It is a Linux of its own: you are `dev`, and `sudo` works. What the kernel log above calls gVisor is the wall around it.\n- **The terminal** is a real shell that goes on when you close the page.\n- **I** work with the same files and commands as you, and in mode *ask* each change waits for your approval.\n\nTry the terminal next, or ask me to build something.\n\n_(I am a scripted demo: the words were written beforehand, the results above are real.)_',
    },
  ],
};
