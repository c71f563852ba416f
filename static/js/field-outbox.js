// Records that could not be sent wait on the phone, photo and all (IndexedDB), until somebody or the network sends them.

const NAME = "cogov-field";
const STORE = "outbox";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function act(mode, work) {
  const base = await open();
  try {
    return await new Promise((resolve, reject) => {
      const change = base.transaction(STORE, mode);
      const asked = work(change.objectStore(STORE));
      change.oncomplete = () => resolve(asked.result);
      change.onabort = () => reject(change.error);
      change.onerror = () => reject(change.error);
    });
  } finally {
    base.close();
  }
}

// A photo is kept as bytes: some browsers lose a Blob that came from the camera.
export async function keep(entry) {
  const photo = entry.photo ? await entry.photo.arrayBuffer() : null;
  await act("readwrite", (store) => store.put({ ...entry, photo }));
}

export async function drop(key) {
  await act("readwrite", (store) => store.delete(key));
}

export async function waiting() {
  const found = await act("readonly", (store) => store.getAll());
  return found.map((entry) => ({
    ...entry,
    photo: entry.photo ? new Blob([entry.photo], { type: "image/jpeg" }) : null,
  }));
}
