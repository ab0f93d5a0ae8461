/**
 * Elements of one group on a page share one client; who leaves last lets it go.
 * @module
 */

/** @type {Map<string, {client: import('./client.js').OffhookClient, users: Set<object>}>} */
const GROUPS = new Map()

/**
 * @param {string} name of the group, '' for none
 * @param {object} user
 * @param {() => import('./client.js').OffhookClient} make
 */
export function join(name, user, make) {
  if (name === '') return make()
  const known = GROUPS.get(name) ?? { client: make(), users: new Set() }
  known.users.add(user)
  GROUPS.set(name, known)
  return known.client
}

/**
 * @param {string} name
 * @param {object} user
 * @returns {boolean} whether nobody uses the client any more
 */
export function leave(name, user) {
  const known = GROUPS.get(name)
  if (!known) return true
  known.users.delete(user)
  if (known.users.size > 0) return false
  GROUPS.delete(name)
  return true
}
