import { describe, expect, it } from 'vitest';
import { chooseConnection } from './choose-connection.ts';

const login = {
  url: 'https://podex.example.com',
  api_url: 'https://api.podex.example.com',
  token: 'pdx_of_the_login',
  is_made_by_login: true,
};
const variables = { url: 'https://other.example', token: 'pdx_of_the_variable' };

describe('chooseConnection', () => {
  it('takes what the command line says, then the variables, then the login, then this machine', () => {
    const options = { url: 'https://given.example', token: 'pdx_given' };
    expect(chooseConnection({ options, variables, login })).toEqual({ via: 'token', ...options });
    expect(chooseConnection({ options: {}, variables, login })).toEqual({ via: 'token', ...variables });
    expect(chooseConnection({ options: {}, variables: {}, login })).toEqual({ via: 'login', login });
    expect(chooseConnection({ options: {}, variables: {}, login: undefined })).toEqual({ via: 'machine' });
  });

  it.each([['https://podex.example.com/'], ['https://api.podex.example.com/x']])(
    'knows the login by %s',
    (url) => {
      expect(chooseConnection({ options: { url }, variables: {}, login })).toEqual({ via: 'login', login });
    },
  );

  it.each([
    ['https://evil.example'],
    ['http://podex.example.com'],
    ['https://podex.example.com:8443'],
    ['https://podex.example.com.evil.example'],
    ['https://podex.example.com@evil.example'],
  ])('sends the token of a login not to %s', (url) => {
    expect(() => chooseConnection({ options: { url }, variables: {}, login })).toThrow(
      'You are not signed in to',
    );
  });
});
