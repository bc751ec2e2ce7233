// How the page gets in: the token behind the "#" of the address is exchanged for a cookie that scripts cannot read, and is taken out
// of the address, so that it is in no history and on no screen.

/** Exchanges the token, if the address has one. Answers what is wrong, in a sentence. */
export async function logIn(): Promise<string | undefined> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return undefined;
  history.replaceState(null, "", "/");
  const response = await fetch("/login", { method: "POST", body: token });
  return response.ok ? undefined : `Not let in: ${(await response.text()).trim()}.`;
}
