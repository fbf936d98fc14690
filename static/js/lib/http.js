// Requests to the studio that are answered with JSON.

const limitMs = 10000;

// The studio answered, and refused. The message is for people, the code for programs.
export class Refused extends Error {
  constructor(status, { message, code } = {}) {
    super(message);
    Object.assign(this, { status, code });
  }
}

// Return the response. Every error but `Refused` means that the connection is lost: the error page of a proxy, too, which is not JSON.
export async function request(url, { headers, ...options } = {}) {
  const answer = await fetch(url, {
    signal: AbortSignal.timeout(limitMs),
    ...options,
    headers: { Accept: "application/json", ...headers },
  });
  if (answer.ok || answer.status === 304) return answer;
  const { error } = await answer.json();
  throw new Refused(answer.status, error);
}

export async function getJson(url) {
  return (await request(url)).json();
}

// Every form of a page has a token, and each is valid for all of them.
export const csrfHeader = () => ({ "X-CSRFToken": document.querySelector("[name=csrf_token]").value });

export async function post(url, body, { headers, ...options } = {}) {
  const answer = await request(url, { ...options, method: "POST", body, headers: { ...csrfHeader(), ...headers } });
  return answer.json();
}

// Return what the studio said, or what to say about a lost connection.
export const sentenceOf = (error, lost) => (error instanceof Refused ? error.message : lost);
