'use client';

import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import type { RequestState } from '#lib/request-state.ts';

interface Values {
  password: string;
  code: string;
}

interface PasswordFormProps {
  request: RequestState;
  /** A verb: what the button does. */
  action: string;
  isDangerous?: boolean;
  /** Whether a code is asked for as well. */
  asksCode?: boolean;
  onCancel: () => void;
  onSubmit: (values: Values) => void;
}

/** Who sits there, before something about their sign-in changes. */
export function PasswordForm({ asksCode = false, onSubmit, ...form }: PasswordFormProps) {
  return (
    <Form
      {...form}
      onSubmit={(values) =>
        onSubmit({ password: fieldText(values, 'password'), code: fieldText(values, 'code').trim() })
      }
    >
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        autoFocus
        hint="Leave it empty if your account has none."
      />
      {asksCode && (
        <TextField
          label="Authentication code or recovery code"
          name="code"
          autoComplete="one-time-code"
          maxLength={20}
          className="font-mono"
        />
      )}
    </Form>
  );
}
