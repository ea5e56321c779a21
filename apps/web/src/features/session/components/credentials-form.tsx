'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import type { FormEvent, ReactNode } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths, safeNextPath } from '#lib/paths.ts';
import { signIn, signUp } from '../api/authenticate.ts';
import { meQuery } from '../api/me-query.ts';

const MIN_PASSWORD_LENGTH = 8;

export function SignInForm() {
  return (
    <CredentialsForm
      title="Sign in to Podex"
      action="Sign in"
      submit={(form) => signIn({ email: form.email, password: form.password })}
      passwordAutoComplete="current-password"
      footer={
        <>
          No account yet? <FooterLink href={paths.signUp()}>Create one</FooterLink>
        </>
      }
    />
  );
}

export function SignUpForm() {
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

interface FormValues {
  name: string;
  email: string;
  password: string;
}

interface CredentialsFormProps {
  title: string;
  action: string;
  submit: (values: FormValues) => Promise<void>;
  asksName?: boolean;
  passwordHint?: string;
  passwordAutoComplete: 'current-password' | 'new-password';
  footer: ReactNode;
}

function CredentialsForm(props: CredentialsFormProps) {
  const { title, action, submit, asksName = false, passwordHint, passwordAutoComplete, footer } = props;
  const router = useRouter();
  const next = useSearchParams().get('next');
  const queryClient = useQueryClient();
  const attempt = useMutation({
    mutationFn: submit,
    onSuccess: async () => {
      queryClient.clear();
      await queryClient.fetchQuery(meQuery());
      router.replace(safeNextPath(next));
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

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
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
        autoComplete="email"
        required
        autoFocus={!asksName}
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
      <p className="text-ink-2 text-sm">{footer}</p>
    </form>
  );
}

function FooterLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="font-medium text-accent-text hover:underline">
      {children}
    </Link>
  );
}
