import { DEFAULT_SETTINGS, SETTING_KEYS } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { readSettingForm, SETTING_FORMS, textOf } from './setting-forms.ts';

function formOf(values: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  return form;
}

describe('the forms of the settings', () => {
  it('hold every setting once, and read what they show', () => {
    expect(SETTING_FORMS.flatMap(({ fields }) => fields.map(({ key }) => key)).sort()).toEqual(
      [...SETTING_KEYS].sort(),
    );
    for (const form of SETTING_FORMS) {
      const values = Object.fromEntries(form.fields.map(({ key }) => [key, DEFAULT_SETTINGS[key]]));
      const shown = Object.fromEntries(form.fields.map(({ key }) => [key, textOf(DEFAULT_SETTINGS[key])]));
      expect(readSettingForm(form, formOf(shown))).toEqual({ input: values });
    }
  });

  it('say what is wrong at its field', () => {
    const [, images, limits] = SETTING_FORMS;
    if (images === undefined || limits === undefined) throw new Error('a form is missing');
    expect(readSettingForm(images, formOf({ allowed_images: 'debian\n*.io/x' }))).toMatchObject({
      problems: { allowed_images: expect.stringContaining('Line 2') },
    });
    const some = {
      ...Object.fromEntries(limits.fields.map(({ key }) => [key, '9'])),
      max_workspaces_per_user: '',
      max_running_workspaces_per_user: '0',
    };
    expect(readSettingForm(limits, formOf(some))).toEqual({
      problems: {
        max_workspaces_per_user: 'Must be a whole number.',
        max_running_workspaces_per_user: expect.any(String),
      },
    });
  });
});
