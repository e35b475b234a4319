/** A phone of JsSIP, as `window.phone`; what happens to it is told to the test by `window.report`. */
import JsSIP from "jssip";

const report = (type, detail = "") => window.report({ type, detail: String(detail) });
const callOptions = {
  mediaConstraints: { audio: true, video: false },
  pcConfig: { iceServers: [] },
  sessionTimersExpires: 120,
};
let ua;
let session;

function follow(newSession) {
  session = newSession;

  const watch = (connection) => {
    connection.addEventListener("connectionstatechange", () => report("media", connection.connectionState));
  };

  if (session.connection) {
    watch(session.connection);
  }

  session.on("peerconnection", ({ peerconnection }) => watch(peerconnection));
  session.on("progress", () => report("progress"));
  session.on("confirmed", () => report("established"));
  session.on("ended", ({ originator, cause }) => report("ended", `${originator} ${cause}`));
  session.on("failed", ({ originator, cause, message }) =>
    report("failed", `${originator} ${cause} ${message?.status_code ?? ""}`),
  );
}

window.phone = {
  start({ server, user, password, domain, instanceId }) {
    JsSIP.debug.disable();
    ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(server)],
      uri: `sip:${user}@${domain}`,
      password,
      instance_id: instanceId,
      register_expires: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
    });
    ua.on("connected", () => report("connected"));
    ua.on("disconnected", () => report("disconnected"));
    ua.on("registered", () => report("registered"));
    ua.on("registrationFailed", ({ cause, response }) =>
      report("registrationFailed", `${cause} ${response?.status_code ?? ""}`),
    );
    ua.on("newRTCSession", (event) => {
      follow(event.session);

      if (event.originator === "remote") {
        report("incoming", event.request.from.uri.user);
      }
    });
    ua.start();
  },
  call(target, fromUserName) {
    ua.call(target, { ...callOptions, fromUserName });
  },
  /** There is no event for it: its own mark tells that the answer has come. */
  async register() {
    const registrator = ua.registrator();

    registrator.register();

    while (registrator._registering) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  accept() {
    session.answer(callOptions);
  },
  hangUp() {
    // The other side may have been first.
    if (!session.isEnded()) {
      session.terminate();
    }
  },
  stop() {
    ua.stop();
  },
  connection: () => session?.connection,
};
