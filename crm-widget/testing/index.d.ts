// Stand-ins for tests of pages that use the callbar or the client. Written by test/testing-types.test.js from the sources beside it.
/** Lets everything that waits in promises happen. */
export function settled(): Promise<void>;
export class FakeClock {
    /** @param {number} [start] milliseconds since 1970 */
    constructor(start?: number);
    now(): number;
    /** @param {() => void} fn @param {number} ms */
    setTimeout(fn: () => void, ms: number): number;
    /** @param {number | undefined} id */
    clearTimeout(id: number | undefined): void;
    /** How many timers wait. */
    get waiting(): number;
    /** Milliseconds until the next one, or Infinity. */
    get nextIn(): number;
    /** @param {number} ms */
    advance(ms: number): Promise<void>;
    #private;
}
/** @typedef {Record<string, any>} Frame */
export const OFFER_SDP: string;
/** What the element or the client takes for a WebSocket. */
export class FakeSocket extends EventTarget {
    /** @param {FakeGateway} gateway @param {string} url @param {string} protocol */
    constructor(gateway: FakeGateway, url: string, protocol: string);
    readyState: number;
    url: string;
    protocol: string;
    /** @param {string} text from the client */
    send(text: string): void;
    close(): void;
    /** @param {unknown} frame to the client; strings go as they are */
    deliver(frame: unknown): void;
    /** @param {number} code */
    closedBy(code: number): void;
    #private;
}
export class FakeGateway {
    /** @param {{agent?: Frame, limits?: Frame, queues?: Frame[], recents?: Frame[], clock?: () => number}} [start] */
    constructor(start?: {
        agent?: Frame;
        limits?: Frame;
        queues?: Frame[];
        recents?: Frame[];
        clock?: () => number;
    });
    /** @type {FakeSocket[]} */
    sockets: FakeSocket[];
    /** @type {Frame[]} every frame of every socket but beats */
    frames: Frame[];
    beats: number;
    logins: number;
    resumed: number;
    session: string;
    down: boolean;
    refuse: number;
    /** whether an accepted call is connected at once */
    connects: boolean;
    /** whether a dialled call rings at once; `gateway.callIs(id, {phase: 'connected', answered_at: gateway.time()})` answers it */
    rings: boolean;
    wrapUpS: number;
    /** whom `directory` finds */
    directory: Frame[];
    /** @type {Map<string, Frame>} */
    calls: Map<string, Frame>;
    clock: () => number;
    agent: Frame;
    limits: Frame;
    queues: Frame[];
    recents: Frame[];
    /** What goes where a WebSocket's constructor goes. @type {(url: string, protocol: string) => FakeSocket} */
    socket: (url: string, protocol: string) => FakeSocket;
    get socketNow(): FakeSocket;
    nextID(): string;
    /** The agent holds a call, or does not any more. @param {string} id @param {boolean} on */
    holds(id: string, on: boolean): {
        [x: string]: any;
    };
    /** Nobody took the call that was given away: it is the agent's again. @param {string} id @param {string} code */
    transferFails(id: string, code: string): {
        [x: string]: any;
    };
    /** Now and a little later, as it stands in frames. @param {number} [ms] */
    time(ms?: number): string;
    /** @param {string} type @param {(frame: Frame, g: FakeGateway) => void} handler */
    on(type: string, handler: (frame: Frame, g: FakeGateway) => void): void;
    /** @param {Frame} frame @param {FakeSocket} socket */
    received(frame: Frame, socket: FakeSocket): void;
    /** @param {unknown} frame */
    push(frame: unknown): void;
    /** @param {Frame} frame */
    ok(frame: Frame): void;
    /** @param {Frame} frame @param {string} code @param {Frame} [more] */
    error(frame: Frame, code: string, more?: Frame): void;
    beat(): void;
    /** @param {number} id */
    welcome(id: number): {
        type: string;
        id: number;
        session: string;
        last_id: number;
        agent: Frame;
        calls: Frame[];
        queues: Frame[];
        recents: Frame[];
        ice_servers: any[];
        limits: Frame;
        time: string;
    };
    /** @param {Frame} change */
    agentIs(change: Frame): void;
    /** @param {string} id @param {Frame} change */
    callIs(id: string, change: Frame): {
        [x: string]: any;
    };
    /** A call is offered. @param {Frame} [more] @param {number} [ringS] @returns {Frame} */
    offer(more?: Frame, ringS?: number): Frame;
    /** The far side, or the agent, is gone. @param {string} id @param {string} [by] @param {Frame} [cause] */
    hangUp(id: string, by?: string, cause?: Frame): {
        [x: string]: any;
    };
    /** Nobody answered. @param {string} id */
    miss(id: string): void;
    /** @param {number} code */
    drop(code: number): void;
    /** The server starts anew: it knows no session, no request and no reply of before. */
    forget(): void;
    /** Frames of one type that the client sent. @param {string} type */
    sent(type: string): Frame[];
    #private;
}
/** Media without sound: it remembers what was asked of it. */
export class FakeMedia extends EventTarget {
    /** @type {[string, ...any[]][]} */
    did: [string, ...any[]][];
    /** @type {Error | null} what the microphone refuses with */
    refuses: Error | null;
    /** @type {Map<string, string>} */
    states: Map<string, string>;
    openMicrophone(): Promise<void>;
    closeMicrophone(): void;
    /** @param {string} call @param {string} offer */
    answer(call: string, offer: string): Promise<string>;
    /** @param {string} call */
    offer(call: string): Promise<string>;
    /** @param {string} call @param {string} answer */
    accept(call: string, answer: string): Promise<void>;
    /** @param {string} call */
    start(call: string): Promise<void>;
    /** @param {string} call @param {boolean} on */
    setMuted(call: string, on: boolean): void;
    /** @param {string} call @param {boolean} on */
    setHeld(call: string, on: boolean): void;
    /** @param {string} from @param {string} to */
    rename(from: string, to: string): void;
    /** @param {boolean} on */
    ringback(on: boolean): void;
    beep(): void;
    testSpeaker(): void;
    /** @param {(level: number) => void} tell */
    meter(tell: (level: number) => void): Promise<() => void>;
    /** @param {Frame} wanted */
    choose(wanted: Frame): Promise<void>;
    /** @param {string} digits */
    keyTones(digits: string): void;
    /** @param {string} call */
    state(call: string): string;
    /** @param {string} [call] */
    close(call?: string): void;
    /** @param {string} call @param {string} state */
    becomes(call: string, state: string): void;
    /** @param {string} call @param {Frame} sample */
    measures(call: string, sample: Frame): void;
}
export type Frame = Record<string, any>;
/** @typedef {{name: string, tab: any, held: (lock: any) => any, resolve: (v: any) => void, reject: (e: any) => void, signal?: AbortSignal}} Wish */
export class FakeBrowser {
    /** @param {import('./fake-clock.js').FakeClock} clock */
    constructor(clock: FakeClock);
    clock: FakeClock;
    /** @param {{visible?: boolean}} [how] */
    tab({ visible }?: {
        visible?: boolean;
    }): any;
    /** The tab is gone without a word. @param {any} tab */
    crash(tab: any): void;
    #private;
}
export type Wish = {
    name: string;
    tab: any;
    held: (lock: any) => any;
    resolve: (v: any) => void;
    reject: (e: any) => void;
    signal?: AbortSignal;
};
