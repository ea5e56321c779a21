'use client';

import { PodexError } from '@podex/contracts/errors';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { RequestError } from '#components/form.tsx';
import { paths } from '#lib/paths.ts';
import { type SignInOutcome, signIn, signUp } from '../api/authenticate.ts';
import { registrationQuery } from '../api/registration-query.ts';
import { CheckEmail } from './check-email.tsx';
import { FooterLink, FormTitle, MIN_PASSWORD_LENGTH } from './form-parts.tsx';
import { ProviderButtons, ProviderError } from './provider-buttons.tsx';
import { SecondStepForm } from './second-step-form.tsx';
import { useFinishSignIn } from './use-finish-sign-in.ts';

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
      footer={
        <>
          <ForgotPassword />
          <WhoMayJoin />
        </>
      }
    />
  );
}

/** Where Podex can send no mail, nothing can be done here. */
function ForgotPassword() {
  const { data } = useQuery(registrationQuery());
  if (data?.mail !== true) return null;
  return (
    <span className="mb-1 block">
      <FooterLink href={paths.forgotPassword()}>Forgot your password?</FooterLink>
    </span>
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
    case 'domains':
      return 'No account yet? Continue with a provider that knows your work email, or ask an admin for an invitation.';
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
      <FormTitle>Sign-up is closed</FormTitle>
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
  /** Goes along to a provider. */
  invitation?: string;
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
  const [unproven, setUnproven] = useState<string>();
  const [isCodeNeeded, setCodeNeeded] = useState(false);
  const finish = useFinishSignIn();
  const attempt = useMutation({
    mutationFn: submit,
    onSuccess: async (outcome) => {
      if (outcome === 'code_needed') setCodeNeeded(true);
      else await finish();
    },
    onError: (error, { email: given }) => {
      if (PodexError.has(error, 'email_not_verified')) setUnproven(given);
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

  if (unproven !== undefined) return <CheckEmail email={unproven} />;
  if (isCodeNeeded) {
    const startAgain = () => {
      attempt.reset();
      setCodeNeeded(false);
    };
    return <SecondStepForm onStartAgain={startAgain} />;
  }
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <FormTitle>{title}</FormTitle>
      {intro !== undefined && <p className="-mt-2 text-ink-2">{intro}</p>}
      {attempt.isIdle && <ProviderError />}
      <RequestError error={attempt.error} />
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
      <ProviderButtons invitation={props.invitation} />
      <div className="text-ink-2 text-sm">{footer}</div>
    </form>
  );
}
