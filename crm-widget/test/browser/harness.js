/**
 * Real browsers for the tests: a static server with the strictest policy, and pages that report what they should not do.
 * Without a browser the tests are skipped, or fail where OFFHOOK_CI=1 says that there must be one.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { after, before, describe } from 'node:test'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TYPES = { '.js': 'text/javascript', '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; require-trusted-types-for 'script'"

export const BROWSERS = {
  chromium: {
    path: '/usr/bin/chromium', browser: 'chrome',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required', '--disable-dev-shm-usage',
    ],
  },
  firefox: {
    path: '/usr/bin/firefox-esr', browser: 'firefox', args: [],
    prefs: { 'media.autoplay.default': 0, 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true, 'dom.disable_beforeunload': true },
  },
}

/** Why a browser cannot be used here, or false. @param {'chromium' | 'firefox'} name */
export function missing(name) {
  if (existsSync(BROWSERS[name].path)) return false
  if (process.env.OFFHOOK_CI === '1') throw new Error(`${BROWSERS[name].path} is not installed`)
  return `${BROWSERS[name].path} is not installed`
}

/**
 * Serves the widget's sources as the gateway does: /widget/, /demo/, and the tests' own pages. What is put into `made` by path is served before
 * files are: `{body, headers?}`.
 */
export async function serve() {
  const asked = []
  /** @type {Map<string, {body: string | Buffer, headers?: Record<string, string>}>} */
  const made = new Map()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x')
    asked.push(pathname)
    let path = normalize(decodeURIComponent(pathname)).replace(/^\/widget\//, '/')
    if (path.endsWith('/')) path += 'index.html'
    const file = join(ROOT, path)
    const own = made.get(pathname)
    if (own) return response.writeHead(200, { 'content-type': TYPES[extname(pathname)] ?? 'text/plain', 'content-security-policy': POLICY, ...own.headers }).end(own.body)
    if (pathname === '/demo/token') return response.end('token')
    if (!existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', 'content-security-policy': POLICY, 'cache-control': 'max-age=3600' })
    response.end(readFileSync(file))
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return { url: `http://127.0.0.1:${server.address().port}`, asked, made, http: server, close: () => { server.closeAllConnections(); server.close() } }
}

/** @param {'chromium' | 'firefox'} name */
export async function launch(name) {
  const { path, browser, args, prefs } = BROWSERS[name]
  const profile = mkdtempSync(join(tmpdir(), 'offhook-widget-'))
  const running = await puppeteer.launch({ executablePath: path, browser, headless: true, userDataDir: name === 'chromium' ? profile : undefined, args, extraPrefsFirefox: prefs })
  return { browser: running, close: async () => { await running.close(); rmSync(profile, { recursive: true, force: true }) } }
}

/**
 * Runs stories in one browser, launched once. A story is a function of the engine with tests in it.
 * @param {'chromium' | 'firefox'} name @param {((engine: Engine) => void)[]} stories
 *
 * @typedef {object} Engine
 * @property {'chromium' | 'firefox'} name
 * @property {any} browser the running one, inside of tests
 * @property {{url: string, asked: string[], http?: import('node:http').Server, made: Map<string, {body: string | Buffer, headers?: Record<string, string>}>}} server
 * @property {() => Promise<{page: any, faults: string[]}>} page an empty one
 * @property {(query: Record<string, any>, options?: {noisy?: boolean}) => Promise<{page: any, faults: string[], done: () => Promise<void>}>} open a page of
 *   its own in a state; `done` closes it, and fails when it has reported an error, unless it may be noisy
 */
export function engine(name, stories) {
  describe(name, { skip: missing(name) }, () => {
    /** @type {any} */
    let running
    const self = /** @type {Engine} */ ({
      name, browser: null, server: { url: '', asked: [], made: new Map() },
      page: () => pageOf(self.browser),
      async open(query, options = {}) {
        const { page, faults } = await pageOf(self.browser)
        await stage(page, self.server.url, { layout: 'bar', width: 1200, ...query })
        return {
          page, faults,
          async done() {
            await page.evaluate(() => localStorage.clear()) // the next story shares this browser
            await page.close()
            if (!options.noisy) assert.deepEqual(faults, [])
          },
        }
      },
    })
    before(async () => {
      self.server = await serve()
      running = await launch(name)
      self.browser = running.browser
    })
    after(async () => {
      await running?.close()
      self.server.close?.()
    })
    for (const story of stories) story(self)
  })
}

/** A page that remembers each error. @param {any} browser */
export async function pageOf(browser) {
  const page = await browser.newPage()
  const faults = []
  page.on('pageerror', e => { if (!/favicon/.test(e.message)) faults.push(`exception: ${e.message}`) })
  page.on('console', m => { if (m.type() === 'error' && !/favicon|404/.test(m.text())) faults.push(m.text()) })
  page.on('dialog', d => d.accept().catch(() => {}))
  return { page, faults }
}

/**
 * Shows a state. A page that is on the stage already puts the new state in place of the old one, which takes a tenth of the time of loading it:
 * that is for looking at many states. What a state must not inherit, gets a page of its own.
 * @param {any} page @param {string} url @param {Record<string, string | number>} query
 */
export async function stage(page, url, query) {
  const width = Number(query.width ?? 1200)
  const [w, h] = { panel: [408, 648], mini: [408, 348] }[query.layout] ?? [width + 48, 700]
  const now = page.viewport()
  if (now?.width !== w || now.height !== h) await page.setViewport({ width: w, height: h })
  if (page.url().startsWith(`${url}/test/browser/pages/stage.html`)) return page.evaluate(q => window.show(q), query)
  await page.goto(`${url}/test/browser/pages/stage.html?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`)
  await page.waitForFunction('window.ready === true', { timeout: 25_000 })
}
