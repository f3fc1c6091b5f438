// The chat page of the stand-in: everything is read from /_control and kept current by its events.

const $ = (id) => document.getElementById(id);
const PAGE = 60;
const NEAR_BOTTOM = 120; // pixels within which the log follows new messages
const ACTION_MS = 5000;
const ANSWER_MS = 15000;

const state = {
  people: new Map(),
  bots: new Map(),
  chats: new Map(),
  linkBase: "",
  me: null, // id of the person being played
  open: null, // key of the open chat
  messages: new Map(), // of the open chat, by id, in order
  more: false,
  loading: false,
  unread: new Map(),
  missed: 0, // arrived below while scrolled up
  pressed: new Map(), // callback query id -> button waiting for its answer
  answers: new Map(), // answers that came before the press was known here
};

// Asking the stand-in

async function get(path) {
  const response = await fetch(`/_control/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function post(path, body) {
  const response = await fetch(`/_control/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    toast(answer.error);
    throw new Error(answer.error);
  }
  return answer;
}

const act = (verb, body) => post(`people/${state.me}/${verb}`, body);

// Small pieces

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const RIGHT_TO_LEFT = /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;
const counted = (count, one) => `${count.toLocaleString()} ${one}${count === 1 ? "" : "s"}`;

const segments = new Intl.Segmenter();
function initials(name) {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = (word) => [...segments.segment(word.replace(/^[^\p{L}\p{N}]+/u, ""))][0]?.segment ?? "";
  return words.slice(0, 2).map(first).join("").toUpperCase() || "?";
}

function avatar(name, kind = "") {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + character.codePointAt(0)) % 360;
  const made = element("span", `avatar ${kind}`, initials(name));
  made.style.setProperty("--hue", hue);
  made.ariaHidden = "true";
  return made;
}

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat([], { day: "numeric", month: "long" });
const timeOf = (message) => clock.format(message.date * 1000);
const dayOf = (message) => day.format(message.date * 1000);

function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function toast(text, milliseconds = 3200) {
  const shown = element("div", "toast", text);
  shown.dir = "auto";
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), milliseconds);
}

// Text with entities; their offsets are UTF-16 units, as JavaScript's are

const MARKS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

function marked(entity, text) {
  if (MARKS[entity.type]) {
    const made = element(MARKS[entity.type]);
    if (entity.language) made.dataset.language = entity.language;
    return made;
  }
  switch (entity.type) {
    case "text_link":
    case "url": {
      const link = element("a");
      link.href = entity.url ?? text;
      link.target = "_blank";
      link.rel = "noopener";
      return link;
    }
    case "bot_command": {
      const link = element("a");
      link.href = "#";
      link.onclick = (event) => {
        event.preventDefault();
        send(text);
      };
      return link;
    }
    case "mention":
    case "hashtag":
      return element("a");
    case "spoiler": {
      const cover = element("span", "spoiler");
      cover.onclick = () => cover.classList.add("shown");
      return cover;
    }
    case "blockquote":
      return element("blockquote");
    case "expandable_blockquote": {
      const quote = element("blockquote", "expandable");
      quote.onclick = (event) => {
        if (!event.target.closest("a")) quote.classList.toggle("open");
      };
      return quote;
    }
  }
  return element("span");
}

function formatted(parent, text, entities, start = 0, end = text.length) {
  let position = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    if (entity.offset < position || entity.offset >= end) continue;
    parent.append(text.slice(position, entity.offset));
    const stop = Math.min(entity.offset + entity.length, end);
    const made = marked(entity, text.slice(entity.offset, stop));
    const inside = entity.type === "expandable_blockquote" ? element("span", "inner") : made;
    if (inside !== made) made.append(inside);
    formatted(inside, text, entities.slice(index + 1), entity.offset, stop);
    parent.append(made);
    position = stop;
    // A quote or code block is a block of its own: the line break after it is already drawn.
    if (/blockquote|pre/.test(entity.type) && text[position] === "\n") position += 1;
  }
  parent.append(text.slice(position, end));
  return parent;
}

// Links to bots are played here, as the person chosen

function botLink(url) {
  let address;
  try {
    address = new URL(url, location.href);
  } catch {
    return null;
  }
  const own = state.linkBase && url.startsWith(`${state.linkBase}/`);
  if (!own && address.hostname !== "t.me") return null;
  const name = address.pathname.split("/").filter(Boolean).pop() ?? "";
  return [...state.bots.keys()].some((bot) => bot.toLowerCase() === name.toLowerCase()) ? url : null;
}

async function follow(url) {
  if (state.me === null) {
    toast("Choose who you are, then open the link again.");
    return;
  }
  const answer = await act("open_link", { url });
  await openChat(answer.chat);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && botLink(link.href)) {
    event.preventDefault();
    follow(link.href);
  }
});

// Messages

function picture(message, eager = false) {
  const { url, width, height } = message.photo;
  const image = element("img");
  image.src = url;
  image.alt = "";
  image.loading = eager ? "eager" : "lazy";
  const frame = element("button", "photo", image);
  frame.type = "button";
  frame.ariaLabel = "Open the picture";
  frame.style.aspectRatio = `${width} / ${height}`;
  // A tall poster is shown whole, over a blurred copy of itself.
  frame.style.setProperty("--picture", `url("${url}")`);
  if (message.spoiler) frame.classList.add("covered");
  frame.onclick = () => {
    if (frame.classList.contains("covered")) frame.classList.remove("covered");
    else view(message);
  };
  return frame;
}

function view(message) {
  const dialog = $("viewer");
  dialog.querySelector("img").src = message.photo.url;
  const body = dialog.querySelector(".body");
  body.replaceChildren();
  formatted(body, message.body, message.entities);
  dialog.showModal();
}
$("viewer").onclick = (event) => {
  if (!event.target.closest("a, blockquote")) $("viewer").close();
};

function key(message, button) {
  const made = element(button.url ? "a" : "button", "key", button.text);
  made.dir = "auto";
  made.title = button.text;
  if (button.url) {
    made.href = button.url;
    made.target = "_blank";
    made.rel = "noopener";
    made.append(element("span", "mark", "↗"));
    return made;
  }
  made.type = "button";
  if (button.callback_data !== undefined) {
    made.onclick = () => press(message, button, made);
  } else if (button.copy_text) {
    made.onclick = async () => {
      await navigator.clipboard.writeText(button.copy_text.text);
      toast("Copied");
    };
  } else {
    const chosen = button.switch_inline_query_chosen_chat?.query;
    const query = button.switch_inline_query_current_chat ?? button.switch_inline_query ?? chosen ?? "";
    made.append(element("span", "mark", "⤴"));
    made.onclick = () => {
      const bot = message.via ?? state.chats.get(state.open).bot ?? state.chats.get(state.open).bots[0];
      $("text").value = `@${bot} ${query}`;
      $("text").focus();
      typed();
    };
  }
  return made;
}

async function press(message, button, made) {
  made.classList.add("busy");
  const body = { chat: message.chat, message_id: message.id, data: button.callback_data };
  let query;
  try {
    ({ query } = await act("press_forged", body));
  } catch {
    made.classList.remove("busy");
    return;
  }
  const timer = setTimeout(() => {
    state.pressed.delete(query);
    made.classList.remove("busy");
    toast("The bot did not answer.");
  }, ANSWER_MS);
  state.pressed.set(query, { made, timer });
  const early = state.answers.get(query);
  if (early) answered(query, early);
}

function answered(query, answer) {
  const waiting = state.pressed.get(query);
  if (!waiting) {
    state.answers.set(query, answer);
    return;
  }
  state.pressed.delete(query);
  state.answers.delete(query);
  clearTimeout(waiting.timer);
  waiting.made.classList.remove("busy");
  if (answer.url) {
    if (botLink(answer.url)) follow(answer.url);
    else window.open(answer.url, "_blank", "noopener");
  } else if (answer.text && answer.show_alert) {
    $("alert").querySelector("p").textContent = answer.text;
    $("alert").showModal();
  } else if (answer.text) {
    toast(answer.text);
  }
}

function bubble(message, others = []) {
  const mine = message.from?.id === state.me;
  const made = element("div", `message${mine ? " mine" : ""}`);
  made.dataset.id = message.id;
  const box = element("div", "bubble");
  const chat = state.chats.get(message.chat);
  if (chat?.type === "supergroup" && !mine && message.from) box.append(element("div", "name", message.from.name));
  if (message.forwarded_from) box.append(element("div", "forwarded", `Forwarded from ${message.forwarded_from}`));
  if (message.via) box.append(element("div", "via", `via @${message.via}`));
  if (message.reply_to) {
    const replied = element("button", "reply", element("strong", "", message.reply_to.name), message.reply_to.body || "Picture");
    replied.type = "button";
    replied.onclick = () => document.querySelector(`[data-id="${message.reply_to.id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
    box.append(replied);
  }
  const media = [];
  if (others.length && message.photo) {
    const album = element("div", "album", ...[message, ...others].map((one) => picture(one)));
    album.dataset.count = others.length + 1;
    media.push(album);
  } else if (message.photo) {
    media.push(picture(message));
  }
  if (media.length) made.classList.add("with-photo");
  for (const { document: sent } of [message, ...others].filter((one) => one.document)) {
    const name = element("span", "", sent.name, element("small", "", sizeOf(sent.size)));
    const file = element("a", "file", name);
    file.href = sent.url;
    media.push(file);
  }
  if (message.other) media.push(element("div", "other", message.other.replace("_", " ")));
  const captioned = [message, ...others].find((one) => one.body) ?? message;
  const stamp = `${message.edited ? "edited " : ""}${timeOf(message)}`;
  const texts = [];
  if (captioned.body) {
    const body = element("div", "body");
    body.dir = "auto";
    // A line that ends at the left leaves no room for the time beside it.
    if (RIGHT_TO_LEFT.test(captioned.body.slice(captioned.body.lastIndexOf("\n") + 1))) body.classList.add("tall");
    body.style.setProperty("--stamp", `${stamp.length * 6.3 + 14}px`);
    texts.push(formatted(body, captioned.body, captioned.entities));
  } else if (message.photo) {
    made.classList.add("bare");
  }
  box.append(...(message.caption_above ? [...texts, ...media] : [...media, ...texts]));
  box.append(element("span", "stamp", stamp));
  made.append(box);
  if (message.keyboard.length) {
    made.classList.add("with-keys");
    const rows = message.keyboard.map((row) => element("div", "row", ...row.map((button) => key(message, button))));
    made.append(element("div", "keys", ...rows));
  }
  return made;
}

function albumOf(message) {
  if (!message.album) return [message];
  return [...state.messages.values()].filter((one) => one.album === message.album);
}

function drawLog() {
  const log = $("log");
  const drawn = [];
  let before = null;
  for (const message of state.messages.values()) {
    const [first, ...others] = albumOf(message);
    if (first !== message) continue;
    if (!before || dayOf(before) !== dayOf(message)) drawn.push(element("div", "day", dayOf(message)));
    const made = bubble(message, others);
    if (before && before.from?.id === message.from?.id && message.date - before.date < 300 && !before.keyboard.length) {
      made.classList.add("follows");
    }
    drawn.push(made);
    before = message;
  }
  if (!drawn.length) drawn.push(welcome());
  log.replaceChildren(...drawn);
}

function welcome() {
  const chat = state.chats.get(state.open);
  const bot = state.bots.get(chat.bot);
  const text = bot?.description || "No messages here yet.";
  return element("div", "welcome", avatar(chat.title, bot ? "bot" : ""), element("strong", "", chat.title), element("p", "", text));
}

const nearBottom = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < NEAR_BOTTOM;

function toBottom(smooth = false) {
  $("log").scrollTo({ top: $("log").scrollHeight, behavior: smooth ? "smooth" : "instant" });
  state.missed = 0;
  drawDown();
}

function drawDown() {
  $("down").hidden = nearBottom();
  $("down").querySelector("span").textContent = state.missed || "";
}

$("down").onclick = () => toBottom(true);
$("log").addEventListener("scroll", () => {
  if (nearBottom()) state.missed = 0;
  drawDown();
  if ($("log").scrollTop < 300) loadOlder();
});

async function loadOlder() {
  if (!state.more || state.loading) return;
  state.loading = true;
  const chat = state.open;
  const oldest = state.messages.keys().next().value;
  try {
    const answer = await get(`chats/${chat}/messages?limit=${PAGE}&before=${oldest}`);
    if (chat !== state.open) return;
    state.messages = new Map([...answer.messages.map((one) => [one.id, one]), ...state.messages]);
    state.more = answer.more;
    const log = $("log");
    const fromEnd = log.scrollHeight - log.scrollTop;
    if (state.chats.get(chat).type === "channel") {
      drawPosters();
    } else {
      drawLog();
      log.scrollTop = log.scrollHeight - fromEnd;
    }
  } finally {
    state.loading = false;
  }
}

function arrived(message) {
  const known = state.messages.has(message.id);
  const follows = nearBottom();
  state.messages.set(message.id, message);
  if (state.chats.get(message.chat).type === "channel") {
    drawPosters(known ? null : message.id);
    return;
  }
  const [first, ...others] = albumOf(message);
  const old = document.querySelector(`#log [data-id="${first.id}"]`);
  if (known && old) {
    const made = bubble(first, others);
    // What the reader opened stays open.
    const opened = [...old.querySelectorAll("blockquote.expandable")].map((one) => one.classList.contains("open"));
    made.querySelectorAll("blockquote.expandable").forEach((one, index) => one.classList.toggle("open", opened[index]));
    if (old.classList.contains("follows")) made.classList.add("follows");
    made.classList.add("edited-now");
    old.replaceWith(made);
  } else {
    drawLog();
    document.querySelector(`#log [data-id="${first.id}"]`)?.classList.add("fresh");
  }
  if (follows || message.from?.id === state.me) toBottom(!known);
  else {
    if (!known) state.missed += 1;
    drawDown();
  }
}

// Poster channels: newest first

function poster(message) {
  const frame = element("span", "photo");
  if (message.photo) {
    const image = element("img");
    image.src = message.photo.width > 320 ? `${message.photo.url}&size=1` : message.photo.url;
    image.alt = "";
    image.loading = "lazy";
    frame.append(image);
  }
  const caption = element("p", "");
  caption.dir = "auto";
  formatted(caption, message.body, message.entities);
  caption.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
  const when = element("time", "", `${dayOf(message)}, ${timeOf(message)}`);
  const made = element("button", "poster", frame, caption, when);
  made.type = "button";
  made.dataset.id = message.id;
  if (message.photo) made.onclick = () => view(message);
  return made;
}

function drawPosters(fresh = null) {
  const chat = state.chats.get(state.open);
  const posters = $("posters");
  const there = new Map([...posters.querySelectorAll(".poster")].map((one) => [Number(one.dataset.id), one]));
  const drawn = [...state.messages.values()].reverse().map((message) => {
    const old = there.get(message.id);
    return old && message.id !== fresh && old.dataset.edited === String(message.edited) ? old : poster(message);
  });
  drawn.forEach((one) => (one.dataset.edited = state.messages.get(Number(one.dataset.id)).edited));
  if (!drawn.length) {
    const text = "No posters yet. They appear here as the bot posts them.";
    drawn.push(element("div", "empty", element("div", "empty-picture"), element("p", "", text)));
  }
  posters.replaceChildren(...drawn);
  if (fresh !== null) posters.querySelector(`[data-id="${fresh}"]`)?.classList.add("fresh");
  $("gallery-note").textContent = counted(chat.count, "post");
}

$("posters").addEventListener("scroll", () => {
  const posters = $("posters");
  if (posters.scrollHeight - posters.scrollTop - posters.clientHeight < 600) loadOlder();
});

// Left column

const mineOnly = (chat) => (chat.type === "private" ? chat.person === state.me : chat.type === "channel" || chat.people.includes(state.me));

function summary(message) {
  if (!message) return "";
  const text = message.body || (message.photo ? "Picture" : message.document ? message.document.name : message.other ?? "");
  return `${message.from?.id === state.me ? "You: " : ""}${text.replace(/\s+/g, " ").slice(0, 90)}`;
}

function drawPeople() {
  const drawn = [...state.people.values()].map((person) => {
    const made = element("button", "person", avatar(person.first_name), element("span", "", person.first_name.split(/\s+/)[0]));
    made.type = "button";
    made.role = "radio";
    made.ariaChecked = String(person.id === state.me);
    made.title = [person.first_name, person.language_code].filter(Boolean).join(", ");
    made.onclick = () => become(person.id);
    return made;
  });
  if (!drawn.length) drawn.push(element("div", "hint", "Nobody is here yet."));
  $("people").replaceChildren(...drawn);
}

function chatRow(chat) {
  const kind = chat.type === "private" ? "bot" : chat.type;
  const made = element("button", "chat", avatar(chat.title, kind));
  made.type = "button";
  const title = element("strong", "", chat.title);
  const last = element("span", "last", summary(chat.last) || (chat.type === "private" ? "Not started yet" : "Empty"));
  title.dir = last.dir = "auto";
  const when = element("span", "when", chat.last ? timeOf(chat.last) : "");
  const count = state.unread.get(chat.key);
  const unread = count && chat.type !== "channel" ? element("span", "unread", count > 99 ? "99+" : count) : "";
  made.append(title, when, last, unread);
  made.ariaCurrent = String(chat.key === state.open);
  made.onclick = () => openChat(chat.key);
  return made;
}

function drawChats() {
  const shown = [...state.chats.values()].filter(mineOnly);
  const newest = (chat) => chat.last?.date ?? 0;
  const section = (title, chats) => (chats.length ? [element("h2", "", title), ...chats.sort((a, b) => newest(b) - newest(a)).map(chatRow)] : []);
  const drawn = [
    ...section("Bots", shown.filter((chat) => chat.type === "private")),
    ...section("Groups", shown.filter((chat) => chat.type === "supergroup")),
    ...section("Channels", shown.filter((chat) => chat.type === "channel")),
  ];
  if (!drawn.length) drawn.push(element("div", "hint", "No chats yet."));
  $("chats").replaceChildren(...drawn);
}

function drawHead() {
  const chat = state.chats.get(state.open);
  if (!chat) return;
  const isPrivate = chat.type === "private";
  $("head-avatar").replaceChildren(avatar(chat.title, isPrivate ? "bot" : chat.type));
  $("head-title").textContent = chat.title;
  const acting = chat.actingUntil > Date.now();
  const idle = isPrivate ? `bot · @${chat.bot}` : `${counted(chat.people.length, "member")}, ${counted(chat.bots.length, "bot")}`;
  $("head-note").textContent = acting ? `${ACTIONS[chat.action] ?? "typing"}…` : idle;
  $("head-note").classList.toggle("acting", acting);
  $("block").hidden = !isPrivate || !chat.started;
  $("block").textContent = chat.blocked ? "Unblock" : "Block";
  const begin = isPrivate && (chat.blocked || (!chat.started && !state.messages.size));
  $("begin").hidden = !begin;
  $("begin").textContent = chat.blocked ? "Unblock" : "Start";
  $("composer").hidden = begin;
  $("commands").hidden = !chat.commands.length;
  drawReplyKeyboard(chat);
}

const ACTIONS = { typing: "typing", upload_photo: "sending a photo", upload_document: "sending a file", find_location: "choosing a place" };

function drawReplyKeyboard(chat) {
  const rows = chat.reply_keyboard?.keyboard ?? [];
  $("reply-keyboard").hidden = !rows.length;
  const drawn = rows.map((row) => {
    const keys = row.map((button) => {
      const made = element("button", "key", button.text ?? button);
      made.type = "button";
      made.onclick = () => send(button.text ?? button);
      return made;
    });
    return element("div", "row", ...keys);
  });
  $("reply-keyboard").replaceChildren(element("div", "keys", ...drawn));
}

// Going from chat to chat

function show(which) {
  for (const id of ["nothing", "conversation", "gallery"]) $(id).hidden = id !== which;
}

function remember() {
  const route = state.me === null ? "" : `#/${state.me}${state.open ? `/${state.open}` : ""}`;
  if (location.hash !== route) history.replaceState(null, "", route || location.pathname);
  if (state.me !== null) localStorage.setItem("me", state.me);
}

function become(person) {
  if (person === state.me) return;
  state.me = person;
  state.unread.clear();
  const open = state.chats.get(state.open);
  const same = open?.type === "private" ? [...state.chats.values()].find((chat) => chat.bot === open.bot && mineOnly(chat)) : open;
  drawPeople();
  const narrow = matchMedia("(max-width: 760px)").matches;
  const first = [...state.chats.values()].find((chat) => chat.type === "private" && mineOnly(chat));
  const next = same && mineOnly(same) ? same : first;
  if (next && !(narrow && !state.open)) openChat(next.key);
  else {
    drawChats();
    remember();
  }
}

async function openChat(keyOfChat) {
  const chat = state.chats.get(keyOfChat);
  if (!chat) return;
  const changed = state.open !== keyOfChat;
  state.open = keyOfChat;
  state.unread.delete(keyOfChat);
  $("app").dataset.showing = "chat";
  const answer = await get(`chats/${keyOfChat}/messages?limit=${PAGE}`);
  if (state.open !== keyOfChat) return;
  state.messages = new Map(answer.messages.map((message) => [message.id, message]));
  state.more = answer.more;
  state.missed = 0;
  drawChats();
  remember();
  document.title = chat.title;
  if (chat.type === "channel") {
    show("gallery");
    $("gallery-avatar").replaceChildren(avatar(chat.title, "channel"));
    $("gallery-title").textContent = chat.title;
    if (changed) $("posters").replaceChildren();
    drawPosters();
    return;
  }
  show("conversation");
  hideChoices();
  drawHead();
  drawLog();
  toBottom();
  typed();
  if (changed && matchMedia("(pointer: fine)").matches) $("text").focus();
}

function backToList() {
  state.open = null;
  $("app").dataset.showing = "list";
  show("nothing");
  drawChats();
  remember();
}
$("back").onclick = backToList;
document.querySelector("#gallery .back").onclick = backToList;

// Writing

async function send(text) {
  if (!text.trim() || !state.open) return;
  await act("send", { chat: state.open, text });
}

$("composer").onsubmit = async (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim() || inlineQuery()) return;
  $("text").value = "";
  typed();
  try {
    await send(text);
  } catch {
    $("text").value = text;
    typed();
  }
};

$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  } else if (event.key === "Escape") hideChoices();
});
$("text").addEventListener("input", () => typed());

$("begin").onclick = async () => {
  const chat = state.chats.get(state.open);
  if (chat.blocked) await act("unblock", { chat: chat.key });
  else await act("start", { chat: chat.key });
};

$("block").onclick = () => {
  const chat = state.chats.get(state.open);
  act(chat.blocked ? "unblock" : "block", { chat: chat.key });
};

function hideChoices() {
  $("menu").hidden = true;
  $("inline").hidden = true;
}

function drawMenu(prefix) {
  const chat = state.chats.get(state.open);
  const fitting = chat.commands.filter((one) => `/${one.command}`.startsWith(prefix));
  const drawn = fitting.map((one) => {
    const made = element("button", "choice", element("strong", "", `/${one.command}`), element("span", "", one.description));
    made.type = "button";
    made.role = "menuitem";
    made.onclick = () => {
      hideChoices();
      $("text").value = "";
      typed();
      send(`/${one.command}`);
    };
    return made;
  });
  $("menu").replaceChildren(...drawn);
  $("menu").hidden = !drawn.length;
}
$("commands").onclick = () => {
  if ($("menu").hidden) drawMenu("/");
  else hideChoices();
};

// Inline mode: "@bot query"

function inlineQuery() {
  const found = /^@(\w+)\s([^]*)$/.exec($("text").value);
  const bot = found && [...state.bots.values()].find((one) => one.username.toLowerCase() === found[1].toLowerCase());
  return bot?.supports_inline_queries ? { bot: bot.username, query: found[2].trim() } : null;
}

let inlineTimer = 0;
function typed() {
  const text = $("text");
  text.style.height = "auto";
  if (text.scrollHeight) text.style.height = `${text.scrollHeight}px`;
  clearTimeout(inlineTimer);
  const asked = inlineQuery();
  $("send").disabled = !text.value.trim() || asked !== null;
  if (asked) inlineTimer = setTimeout(() => askInline(asked), 300);
  else $("inline").hidden = true;
  if (/^\/\w*$/.test(text.value)) drawMenu(text.value);
  else $("menu").hidden = true;
}

async function askInline(asked, offset = "") {
  const panel = $("inline");
  panel.hidden = false;
  panel.onscroll = null;
  if (!panel.children.length) panel.replaceChildren(element("div", "hint", "Searching…"));
  let answer;
  try {
    answer = await act("inline_query", { ...asked, offset, chat: state.open });
  } catch {
    panel.hidden = true;
    return;
  }
  if (JSON.stringify(inlineQuery()) !== JSON.stringify(asked)) return;
  // The next page comes when the end of this one is in sight.
  if (answer.next_offset) {
    panel.onscroll = () => {
      if (panel.scrollTop + panel.clientHeight * 2 > panel.scrollHeight) askInline(asked, answer.next_offset);
    };
  }
  const drawn = answer.results.map((result) => {
    const made = element("button", "choice");
    made.type = "button";
    if (result.picture) {
      const image = element("img");
      image.src = result.picture;
      image.alt = "";
      made.append(image);
    } else made.append(avatar(result.title || "?", "channel"));
    made.append(element("strong", "", result.title), element("span", "", result.description));
    made.onclick = async () => {
      panel.hidden = true;
      $("text").value = "";
      typed();
      await act("choose", { query: answer.query, result: result.id, chat: state.open });
    };
    return made;
  });
  if (answer.button && !offset) {
    const start = element("button", "choice", element("span"), element("strong", "", answer.button.text));
    start.type = "button";
    start.onclick = () => follow(`${state.linkBase}/${asked.bot}?start=${answer.button.start_parameter ?? ""}`);
    drawn.unshift(start);
  }
  if (offset) {
    panel.append(...drawn);
    return;
  }
  if (!drawn.length) drawn.push(element("div", "hint", "Nothing found."));
  panel.replaceChildren(...drawn);
  panel.scrollTop = 0;
}

// What happens

const heard = {
  message(event) {
    const chat = state.chats.get(event.chat);
    if (!chat) return void loadState();
    chat.last = event.message;
    chat.count += 1;
    chat.started ||= event.message.from && !event.message.from.is_bot;
    if (event.message.from?.is_bot) chat.actingUntil = 0;
    if (event.chat === state.open) arrived(event.message);
    else if (event.message.from?.id !== state.me) state.unread.set(event.chat, (state.unread.get(event.chat) ?? 0) + 1);
    drawChats();
    if (event.chat === state.open) drawHead();
  },
  edited(event) {
    const chat = state.chats.get(event.chat);
    if (chat?.last?.id === event.message.id) chat.last = event.message;
    if (event.chat === state.open && state.messages.has(event.message.id)) arrived(event.message);
    drawChats();
  },
  deleted(event) {
    const chat = state.chats.get(event.chat);
    if (chat) chat.count -= 1;
    if (event.chat !== state.open || !state.messages.delete(event.message_id)) return;
    if (chat.type === "channel") drawPosters();
    else drawLog();
  },
  action(event) {
    const chat = state.chats.get(event.chat);
    if (!chat) return;
    chat.action = event.action;
    chat.actingUntil = Date.now() + ACTION_MS;
    drawHead();
    setTimeout(drawHead, ACTION_MS + 50);
  },
  answer(event) {
    if (event.person === state.me) answered(event.query, event.answer);
  },
  chat(event) {
    state.chats.set(event.chat, event.view);
    drawChats();
    if (event.chat === state.open) drawHead();
  },
  world: () => loadState(),
  commands: () => loadState(),
};

async function loadState() {
  const answer = await get("state");
  state.people = new Map(answer.people.map((one) => [one.id, one]));
  state.bots = new Map(answer.bots.map((one) => [one.username, one]));
  state.chats = new Map(answer.chats.map((one) => [one.key, one]));
  state.linkBase = answer.link_base;
  drawPeople();
  drawChats();
  if (state.open && state.chats.get(state.open)?.type !== "channel") drawHead();
}

async function route() {
  const deep = /^#t\.me\/(.*)$/.exec(location.hash);
  const [, person, chat] = /^#\/(\d+)(?:\/(.+))?$/.exec(location.hash) ?? [];
  const known = Number(person ?? localStorage.getItem("me"));
  if (state.people.has(known)) state.me = known;
  else if (state.people.size === 1 || !deep) state.me = state.people.keys().next().value ?? null;
  drawPeople();
  drawChats();
  if (deep) {
    history.replaceState(null, "", location.pathname);
    await follow(`${state.linkBase}/${deep[1]}`);
    return;
  }
  const first = [...state.chats.values()].find((one) => one.type === "private" && mineOnly(one));
  const wide = !matchMedia("(max-width: 760px)").matches;
  const wanted = state.chats.has(chat) ? chat : wide ? first?.key : null;
  if (wanted) await openChat(wanted);
}
addEventListener("hashchange", route);

function listen() {
  const events = new EventSource("/_control/events");
  let first = true;
  events.onopen = async () => {
    $("connection").dataset.state = "here";
    $("connection").textContent = "live";
    await loadState();
    if (first) await route();
    else if (state.open) await openChat(state.open);
    first = false;
  };
  events.onerror = () => {
    $("connection").dataset.state = "away";
    $("connection").textContent = "not connected";
  };
  events.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    heard[event.event]?.(event);
  };
}

typed();
listen();
