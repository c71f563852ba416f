// While a job checks or imports a workbook: load the page anew when it is over, to show the result.

const PAUSE = 1500;

async function wait(root) {
  for (;;) {
    await new Promise((done) => window.setTimeout(done, PAUSE));
    let status;
    try {
      const answer = await fetch(root.dataset.jobStatus, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        return;
      }
      status = await answer.json();
    } catch {
      continue; // the network comes back
    }
    if (status.final && !status.error) {
      window.location.reload();
      return;
    }
  }
}

for (const root of document.querySelectorAll("[data-job-status]:not([data-job-final])")) {
  wait(root);
}
