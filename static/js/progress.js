// Keeps a job's page up to date by asking its status; stops when the job is over.

const QUICK = 1000;
const SLOW = 3000;
const QUICK_ROUNDS = 60;

function chip(label, tone) {
  const span = document.createElement("span");
  span.className = `chip chip-${tone}`;
  span.textContent = label;
  return span;
}

function clock(iso) {
  return new Date(iso).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}

function logLine(line) {
  const item = document.createElement("li");
  if (line.level === "error") {
    item.className = "is-error";
  }
  const time = document.createElement("time");
  time.dateTime = line.at;
  time.textContent = clock(line.at);
  const text = document.createElement("span");
  text.textContent = line.text;
  item.append(time, text);
  return item;
}

function childLine(child) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = child.url;
  link.textContent = child.label;
  item.append(link, chip(child.state_label, child.tone));
  if (child.error) {
    const error = document.createElement("span");
    error.className = "child-error";
    error.textContent = child.error;
    item.append(error);
  }
  return item;
}

function show(root, status) {
  const part = (name) => root.querySelector(`[data-job-${name}]`);
  part("state").replaceChildren(chip(status.state_label, status.tone));
  part("percent").textContent = `${status.percent}%`;
  part("bar").value = status.percent;
  if (part("message").textContent !== status.message) {
    part("message").textContent = status.message;
  }
  part("error").hidden = !status.error;
  part("error").querySelector("span").textContent = status.error;
  part("cancel").hidden = !status.can_cancel;
  part("resume").hidden = !status.can_resume;
  part("outcome").hidden = !status.outcome;
  part("outcome").href = status.outcome?.url ?? "";
  part("outcome").textContent = status.outcome?.label ?? "";
  part("children").hidden = status.children.length === 0;
  part("children-count").textContent = `${status.children_done} / ${status.children_total}`;
  part("child-list").replaceChildren(...status.children.map(childLine));
  if (status.log.length > 0) {
    const log = part("log");
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.replaceChildren(...status.log.map(logLine));
    if (atEnd) {
      log.scrollTop = log.scrollHeight;
    }
  }
}

async function watch(root) {
  for (let round = 0; ; round += 1) {
    await new Promise((done) => window.setTimeout(done, round < QUICK_ROUNDS ? QUICK : SLOW));
    if (document.hidden) {
      continue;
    }
    let status;
    try {
      const answer = await fetch(root.dataset.jobStatus, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        return; // signed out, or no longer ours
      }
      status = await answer.json();
    } catch {
      continue; // the network comes back
    }
    show(root, status);
    if (status.final) {
      return;
    }
  }
}

for (const root of document.querySelectorAll("[data-job-status]:not([data-job-final])")) {
  watch(root);
}
