import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  runToEnd,
} from '../stack/workspace-actions.ts';

let stack: Stack;
let person: Person;
let workspaceId: string;

const write = (line: string) => runToEnd(person, workspaceId, line);

async function read(line: string): Promise<Command> {
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
    params: {
      path: { workspace_id: workspaceId, command_id: newId('command') },
      query: { wait_ms: 60_000 },
    },
    body: { read_only_command: line, timeout_ms: 50_000 },
  });
  return command.parse(data);
}

/** What the user has. */
const SCENE = `
set -e
mkdir -p shop/open private && cd shop
git init -q . && git config user.email a@b.c && git config user.name A
echo one > a.txt && echo everyone > open/b.txt && chmod 666 open/b.txt && chmod 777 open
git add . && git commit -qm first
echo secret > ../private/key && chmod 600 ../private/key && chmod 700 ../private
mkfifo pipe && chmod 600 pipe
cp /bin/bash planted && chmod 4755 planted
printf 'touch /home/dev/shop/open/from-profile\\n' >> ~/.bashrc
`;
/** Everything that may change in it, in one text. */
const STATE =
  'cd ~; find shop private -not -path "*/.git/*" -printf "%p %m %U %s %T@\\n" | sort; git -C shop log --oneline; cat shop/a.txt shop/open/b.txt private/key; ls -A /tmp';

const PRELOAD = `cat > $TMPDIR/x.c <<END
#include <stdlib.h>
__attribute__((constructor)) void begin(void) { system("echo no > /home/dev/shop/open/b.txt"); }
END
cc -shared -fPIC -o $TMPDIR/x.so $TMPDIR/x.c && LD_PRELOAD=$TMPDIR/x.so true`;
const REMOUNT = `python3 - <<'END'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for step in (lambda: libc.unshare(0x10000000 | 0x20000), lambda: libc.mount(b'none', b'/home/dev', None, 4096 | 32, None),
             lambda: libc.mount(b'none', b'/', None, 4096 | 32, None), lambda: libc.umount2(b'/dev/shm', 2)):
    step()
open('/home/dev/shop/open/b.txt', 'w').write('no')
END`;
const TRACE = `python3 - <<'END'
import ctypes, os, subprocess
pids = [int(p) for p in os.listdir('/proc') if p.isdigit() and b'sleep 31' in open(f'/proc/{p}/cmdline', 'rb').read().replace(b'\\0', b' ')]
assert pids, 'the process of the user is not seen'
libc = ctypes.CDLL(None)
for pid in pids:
    print('TRACED' if libc.ptrace(16, pid, 0, 0) == 0 else 'refused')
    try: open(f'/proc/{pid}/mem', 'r+b'); print('WRITES MEMORY')
    except OSError: pass
END`;
const OF_USER = 'for p in $(pgrep -f "sleep 31"); do';

const TRICKS: [name: string, line: string][] = [
  ['a redirection', 'echo no > ~/shop/a.txt; echo no >> ~/shop/open/b.txt; echo no > ~/shop/open/new'],
  [
    'a change of mode, a rename and a removal',
    'cd ~/shop; chmod 777 a.txt; mv a.txt c.txt; rm -rf open a.txt',
  ],
  ['sudo', 'sudo -n sh -c "echo no > /home/dev/shop/a.txt"'],
  ['su', 'su dev -c "echo no > /home/dev/shop/a.txt" < /dev/null'],
  ['a program of the user with setuid', '~/shop/planted -p -c "echo no > /home/dev/shop/a.txt"'],
  ['a commit', 'cd ~/shop && git commit --allow-empty -m no'],
  ['the root of a process of the user', `${OF_USER} echo no > /proc/$p/root/home/dev/shop/open/b.txt; done`],
  ['the folder of a process of the user', `${OF_USER} echo no > /proc/$p/cwd/open/b.txt; done`],
  ['a link from the scratch folder', 'ln -s ~/shop/open/b.txt $TMPDIR/b && echo no > $TMPDIR/b'],
  ['a hard link', 'ln ~/shop/open/b.txt $TMPDIR/b && echo no > $TMPDIR/b; ln ~/shop/a.txt ~/shop/open/a'],
  ['a named pipe of the user', 'timeout 2 sh -c "echo no > ~/shop/pipe"'],
  ['a preloaded library', PRELOAD],
  ['a namespace in which it may mount', REMOUNT],
  ['a shell with the profile of the user', 'bash -ic true; bash -lc true'],
  ['at and cron', 'echo "echo no > ~/shop/a.txt" | at now; echo "* * * * * echo no" | crontab -'],
  ['a file of the system', 'echo no > /etc/no; touch /tmp/no /var/tmp/no; echo no >> /etc/passwd'],
];

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'read-only');
  expect(await write(SCENE)).toMatchObject({ exit_code: 0 });
  await beginCommand(person, workspaceId, 'cd ~/shop; exec sleep 31415');
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

describe('a read-only command', { timeout: 120_000 }, () => {
  it('reads every file of the user, and works as commands do', async () => {
    const line =
      'cat ~/private/key; git -C ~/shop status --short; git -C ~/shop log --format=%s; echo x > $TMPDIR/x && cat $TMPDIR/x; echo err > /dev/stderr';
    const { output, exit_code: code } = await read(line);
    expect([code, output]).toEqual([0, expect.stringMatching(/^secret\n.*first\nx\nerr\n$/s)]);
  });

  it.each(TRICKS)('changes nothing by %s', async (_name, line) => {
    const { output: before } = await write(STATE);
    const { status } = await read(line);
    expect(status).toBe('exited');
    expect((await write(STATE)).output).toBe(before);
  });

  it('neither signals nor traces a process of the user', async () => {
    const { output } = await read(`pkill -9 -f "sleep 31"; kill -9 -1; ${TRACE}`);
    expect(output).not.toMatch(/TRACED|WRITES/);
    expect((await write('pgrep -fc "sleep 31415"')).output.trim()).not.toBe('0');
  });

  it('reaches no terminal', async () => {
    await person.client.POST('/api/workspaces/{workspace_id}/terminals', {
      params: { path: { workspace_id: workspaceId } },
      body: {},
    });
    const { output } = await read(
      'for t in /dev/pts/[0-9]*; do echo typed > $t && echo WROTE; done; ls /dev/pts',
    );
    expect(output).not.toMatch(/WROTE|^\d+$/m);
  });

  it('reaches neither the daemon nor what gives out credentials', async () => {
    const script = `
import glob, socket
for name in glob.glob('/run/podex*/*') + glob.glob('/run/podex*/*/*'):
    try:
        socket.socket(socket.AF_UNIX).connect(name); print('CONNECTED', name)
    except OSError as error: print('refused')
`;
    const { output } = await read(`python3 -c "${script}"; ls /var/lib/podex`);
    expect(output).not.toContain('CONNECTED');
  });

  it('leaves no process and no scratch file behind', async () => {
    await read('(env -i setsid nohup sleep 2718 > /dev/null 2>&1 &); echo x > $TMPDIR/left; sleep 0.3');
    expect((await write('pgrep -f "sleep 271[8]"; ls -A /dev/shm')).output).toBe('');
  });
});
