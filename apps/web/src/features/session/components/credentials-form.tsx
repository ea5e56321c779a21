'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { type SignInOutcome, signIn, signUp } from '../api/authenticate.ts';
import { registrationQuery } from '../api/registration-query.ts';
import { SecondStepForm } from './second-step-form.tsx';
import { useFinishSignIn } from './use-finish-sign-in.ts';

export const MIN_PASSWORD_LENGTH = 8;

interface SignInFormProps {
  /** Below the form. */
  otherWays?: ReactNode;
}

export function SignInForm({ otherWays }: SignInFormProps) {
  return (
    <CredentialsForm
      emailAutoComplete="username webauthn"
      otherWays={otherWays}
      title="Sign in to Podex"
      action="Sign in"
      submit={(form) => signIn({ email: form.email, password: form.password })}
      passwordAutoComplete="current-password"
      footer={<WhoMayJoin />}
    />
  );
}

/** What a person without an account can do. */
function WhoMayJoin() {
  const { data } = useQuery(registrationQuery());
  switch (data?.mode) {
    case undefined:
      return null;
    case 'open':
      return (
        <>
          No account yet? <FooterLink href={paths.signUp()}>Create one</FooterLink>
        </>
      );
    case 'closed':
      return 'New accounts are closed here.';
    default:
      return 'No account yet? Ask an admin for an invitation.';
  }
}

export function SignUpForm() {
  const registration = useQuery(registrationQuery());
  if (registration.data !== undefined && registration.data.mode !== 'open') return <SignUpClosed />;
  return (
    <CredentialsForm
      title="Create your account"
      action="Create account"
      submit={signUp}
      asksName
      passwordHint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
      passwordAutoComplete="new-password"
      footer={
        <>
          Have an account? <FooterLink href={paths.signIn()}>Sign in</FooterLink>
        </>
      }
    />
  );
}

function SignUpClosed() {
  return (
    <div className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">Sign-up is closed</h1>
      <p className="text-ink-2">Accounts are made by invitation. Ask an admin of this Podex for one.</p>
      <p className="text-ink-2 text-sm">
        Have an account? <FooterLink href={paths.signIn()}>Sign in</FooterLink>
      </p>
    </div>
  );
}

interface FormValues {
  name: string;
  email: string;
  password: string;
}

interface CredentialsFormProps {
  title: string;
  /** Under the title. */
  intro?: string;
  action: string;
  submit: (values: FormValues) => Promise<SignInOutcome>;
  asksName?: boolean;
  /** Given, and not to be changed. */
  email?: string;
  passwordHint?: string;
  passwordAutoComplete: 'current-password' | 'new-password';
  emailAutoComplete?: string;
  otherWays?: ReactNode;
  footer: ReactNode;
}

export function CredentialsForm(props: CredentialsFormProps) {
  const {
    title,
    intro,
    action,
    submit,
    asksName = false,
    passwordHint,
    passwordAutoComplete,
    emailAutoComplete = 'email',
    otherWays,
    footer,
  } = props;
  const email = props.email === undefined ? {} : { defaultValue: props.email, readOnly: true };
  const [isCodeNeeded, setCodeNeeded] = useState(false);
  const finish = useFinishSignIn();
  const attempt = useMutation({
    mutationFn: submit,
    onSuccess: async (outcome) => {
      if (outcome === 'code_needed') setCodeNeeded(true);
      else await finish();
    },
  });

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt.mutate({
      name: String(form.get('name') ?? '').trim(),
      email: String(form.get('email') ?? '').trim(),
      password: String(form.get('password') ?? ''),
    });
  }

  if (isCodeNeeded) {
    const startAgain = () => {
      attempt.reset();
      setCodeNeeded(false);
    };
    return <SecondStepForm onStartAgain={startAgain} />;
  }
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
      {intro !== undefined && <p className="-mt-2 text-ink-2">{intro}</p>}
      {attempt.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(attempt.error)}
        </Notice>
      )}
      {asksName && (
        <TextField label="Name" name="name" autoComplete="name" required maxLength={80} autoFocus />
      )}
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete={emailAutoComplete}
        required
        autoFocus={!asksName}
        {...email}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete={passwordAutoComplete}
        required
        hint={passwordHint}
        {...(asksName ? { minLength: MIN_PASSWORD_LENGTH } : {})}
      />
      <Button type="submit" variant="primary" size="lg" isBusy={attempt.isPending || attempt.isSuccess}>
        {action}
      </Button>
      {otherWays}
      <p className="text-ink-2 text-sm">{footer}</p>
    </form>
  );
}

export function FooterLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="font-medium text-accent-text hover:underline">
      {children}
    </Link>
  );
}
