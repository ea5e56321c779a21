import { describe, expect, it } from 'vitest';
import { CliError, formatCliError, toCliError } from './cli-error.ts';

describe('errors of the command', () => {
  it('show the cause first and everything else set in below it', () => {
    const error = new CliError('port 3000 is taken\nport 3001 is taken', {
      cure: ['end it', 'or choose another'],
    });
    expect(formatCliError(error)).toBe(
      'podex: port 3000 is taken\n  port 3001 is taken\n  end it\n  or choose another',
    );
  });

  it('say plainly that the disk is full', () => {
    const error = toCliError(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    );
    expect(error.message).toBe('the disk is full');
    expect(error.cure).toHaveLength(1);
  });

  it('keep the commands of an engine error as the cure', () => {
    const engineError = Object.assign(new Error('no engine answers'), { commands: ['sudo ./podex up'] });
    expect(toCliError(engineError).cure).toEqual(['sudo ./podex up']);
  });

  it('pass through unchanged', () => {
    const error = new CliError('as it is', { exitCode: 78 });
    expect(toCliError(error)).toBe(error);
  });
});
