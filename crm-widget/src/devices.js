/**
 * Which devices an agent chose, kept in the browser by id and by label: browsers give a device another id now and then, and a headset in
 * another socket is still the headset.
 * @module
 */

const KEY = 'offhook.devices'
const KINDS = /** @type {const} */ (['mic', 'speaker', 'ringer'])
const SWITCHES = /** @type {const} */ (['echo', 'noise', 'gain', 'alsoSpeakers'])
/** How it rings; `silent`: not at all. */
export const RING_TONES = /** @type {const} */ (['classic', 'low', 'chime', 'silent'])

/**
 * @typedef {{id: string, label: string}} Device
 * @typedef {{mic: Device, speaker: Device, ringer: Device, echo: boolean, noise: boolean, gain: boolean, alsoSpeakers: boolean, tone: string, volume: number}} Choices `tone` of RING_TONES, `volume` of the ring 0 to 1
 */

const SYSTEM = Object.freeze({ id: '', label: '' })

/** @type {Readonly<Choices>} */
export const USUAL = Object.freeze({ mic: SYSTEM, speaker: SYSTEM, ringer: SYSTEM, echo: true, noise: true, gain: true, alsoSpeakers: false, tone: RING_TONES[0], volume: 1 })

/** @param {{getItem(key: string): string | null} | null} [storage] @returns {Choices} */
export function chosen(storage = local()) {
  const out = { ...USUAL }
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? '{}')
    for (const kind of KINDS) if (typeof kept?.[kind]?.id === 'string') out[kind] = { id: kept[kind].id, label: String(kept[kind].label ?? '') }
    if (RING_TONES.includes(kept?.tone)) out.tone = kept.tone
    if (kept?.volume >= 0 && kept.volume <= 1) out.volume = Number(kept.volume)
    for (const name of SWITCHES) if (typeof kept?.[name] === 'boolean') out[name] = kept[name]
  } catch { /* what cannot be read is as good as none */ }
  return out
}

/** @param {Choices} choices @param {{setItem(key: string, value: string): void} | null} [storage] */
export function keep(choices, storage = local()) {
  try { storage?.setItem(KEY, JSON.stringify(choices)) } catch { /* full or forbidden: good until the page is left */ }
}

/**
 * The id of a chosen device among those that are there: the same id, else one of the same name; '' is the system's own.
 * @param {Device} device @param {readonly Device[]} there
 */
export function refind(device, there) {
  if (device.id === '') return ''
  return (there.find(d => d.id === device.id) ?? there.find(d => d.label !== '' && d.label === device.label))?.id ?? ''
}

function local() {
  try { return globalThis.localStorage ?? null } catch { return null }
}
