/** Bus channel: an admin has changed settings. */
export const SETTINGS_CHANNEL = 'settings';
/** Bus channel: this process, or another, goes by new settings from now on. */
export const SETTINGS_READ_CHANNEL = 'settings:read';
