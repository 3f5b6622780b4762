// Somebody who was sent the link to a project and did not sign in, as the server says in the page.

/** What the link lets them do: "look", or "change"; "" for everybody else. */
export const GUEST = globalThis.document?.documentElement?.dataset?.guest ?? "";
