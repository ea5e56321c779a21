import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';

const skill = (name: string, description: string, body: string) =>
  `---\nname: ${name}\ndescription: ${description}\n---\n${body}\n`;

/** The results of calls, as the model got them in the newest request. */
function toldResults(setup: AgentSetup): string[] {
  const messages = setup.llm.requests().at(-1)?.body.messages ?? [];
  return messages.flatMap(({ role, content }) => (role === 'tool' ? [String(content)] : []));
}

describe('instructions of folders inside a project', () => {
  it('are told with the first call there, once in a conversation, and again when they have changed', async () => {
    const read = (file: string) => toolCall('read_file', { path: file });
    await using setup = await AgentSetup.start([
      {
        when: { user: 'look', tool_results: 0 },
        reply: { parts: [read('shop/src/a.ts'), read('shop/src/b.ts'), read('shop/readme.md')] },
      },
      { when: { user: 'look', tool_results: 3 }, reply: { parts: [text('Seen.')] } },
      { when: { user: 'again', tool_results: 0 }, reply: { parts: [read('shop/src/a.ts')] } },
      { when: { user: 'again', tool_results: 1 }, reply: { parts: [text('Seen again.')] } },
      { when: { user: 'changed', tool_results: 0 }, reply: { parts: [read('shop/src/a.ts')] } },
      { when: { user: 'changed', tool_results: 1 }, reply: { parts: [text('Seen once more.')] } },
    ]);
    const { workspace } = setup;
    await workspace.write('shop/AGENTS.md', 'Prices are in cents.');
    await workspace.write('shop/src/AGENTS.md', 'Tests stand beside the code.');
    for (const file of ['shop/src/a.ts', 'shop/src/b.ts', 'shop/readme.md'])
      await workspace.write(file, file);
    await setup.startAgent();
    const conversation = setup.conversation();
    const send = async (message: string) => {
      await setup.api.waitForStatus(setup.api.send(conversation, message), 'completed');
      return toldResults(setup);
    };

    const first = await send('look');
    expect(first).toHaveLength(3);
    expect(first.filter((result) => result.includes('Tests stand beside the code.'))).toHaveLength(1);
    // The file of the project itself stands at the beginning.
    expect(first.join()).not.toContain('Prices are in cents.');
    expect(first[0]).toMatch(/<(instructions-\w+) file="\/home\/dev\/shop\/src\/AGENTS\.md">\n.*\n<\/\1>$/);

    const second = await send('again');
    expect(second.filter((result) => result.includes('Tests stand beside the code.'))).toHaveLength(1);

    await workspace.write('shop/src/AGENTS.md', 'Tests stand in tests/.');
    expect((await send('changed')).at(-1)).toContain('Tests stand in tests/.');
  });

  it('are not read through a link, and are cut where they are long', async () => {
    const read = (file: string) => toolCall('read_file', { path: file });
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [read('shop/a/x'), read('shop/b/x')] } },
      { when: { tool_results: 2 }, reply: { parts: [text('Seen.')] } },
    ]);
    const { workspace } = setup;
    await workspace.write('secret', 'planted-secret');
    for (const file of ['shop/a/x', 'shop/b/x']) await workspace.write(file, 'x');
    await symlink(path.join(workspace.home, 'secret'), path.join(workspace.home, 'shop/a/AGENTS.md'));
    await workspace.write('shop/b/AGENTS.md', 'long '.repeat(400_000));
    await setup.startAgent();
    await setup.api.waitForStatus(setup.send('look'), 'completed');
    const [linked, long] = toldResults(setup);
    expect(linked).not.toContain('planted-secret');
    expect(long).toContain('long long');
    expect(long?.length).toBeLessThan(10_000);
  });
});

describe('skills', () => {
  it('are named in the prompt; their text is read on demand', async () => {
    await using setup = await AgentSetup.start([
      {
        when: { tool_results: 0 },
        reply: { parts: [toolCall('read_file', { path: '/home/dev/shop/.claude/skills/release/SKILL.md' })] },
      },
      { when: { tool_results: 1 }, reply: { parts: [text('Released.')] } },
    ]);
    const { workspace } = setup;
    await workspace.write(
      '.podex/skills/invoices/SKILL.md',
      skill('invoices', 'Writes invoices.', 'Use euros.'),
    );
    await workspace.write('.podex/skills/silent/SKILL.md', 'It says nothing of itself.');
    await workspace.write(
      'shop/.claude/skills/release/SKILL.md',
      skill('release', 'Cuts a release.', 'Tag it.'),
    );
    await workspace.write(
      'shop/.claude/skills/other/SKILL.md',
      skill('invoices', 'Shadows.', 'Use dollars.'),
    );
    await workspace.write('shop/.claude/skills/folder/SKILL.md/file', 'not a file');
    await workspace.write('secret', skill('stolen', 'A link.', 'planted-secret'));
    await workspace.write('shop/.podex/skills/linked/other', 'x');
    await symlink(
      path.join(workspace.home, 'secret'),
      path.join(workspace.home, 'shop/.podex/skills/linked/SKILL.md'),
    );
    await setup.startAgent();
    await setup.api.waitForStatus(setup.send('release it'), 'completed');

    const [system, preamble] = setup.llm.requests()[0]?.body.messages ?? [];
    expect(system?.content).not.toContain('Cuts a release.');
    const told = String(preamble?.content);
    expect(told).toContain('"invoices" ("/home/dev/.podex/skills/invoices/SKILL.md"): Writes invoices.');
    expect(told).toContain('"release" ("/home/dev/shop/.claude/skills/release/SKILL.md"): Cuts a release.');
    for (const absent of ['Tag it.', 'Shadows.', 'silent', 'folder', 'stolen', 'linked'])
      expect(told).not.toContain(absent);
    expect(toldResults(setup)[0]).toContain('Tag it.');
  });
});
