import { fileURLToPath } from 'node:url'

/** A file of the repository. @param {string} path */
export const addressed = path => fileURLToPath(new URL(`../../${path}`, import.meta.url))
