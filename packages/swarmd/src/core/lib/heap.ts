/** Binary min-heap. Equal items come out in no promised order: give a comparator that has no ties. */
export class Heap<T> {
  readonly #items: T[];
  readonly #compare: (left: T, right: T) => number;

  /** Takes over `items` (in any order) and arranges them in linear time. */
  constructor(compare: (left: T, right: T) => number, items: T[] = []) {
    this.#compare = compare;
    this.#items = items;
    for (let position = (items.length >> 1) - 1; position >= 0; position -= 1) this.#sink(position);
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest item, left where it is. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return top;
    this.#items[0] = last;
    this.#sink(0);
    return top;
  }

  /** To be called after the smallest item's key has grown. */
  reorderTop(): void {
    this.#sink(0);
  }

  #rise(start: number): void {
    const items = this.#items;
    const item = items[start] as T;
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = items[parent] as T;
      if (this.#compare(item, above) >= 0) break;
      items[position] = above;
      position = parent;
    }
    items[position] = item;
  }

  #sink(start: number): void {
    const items = this.#items;
    const size = items.length;
    if (start >= size) return;
    const item = items[start] as T;
    let position = start;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#compare(items[right] as T, items[child] as T) < 0) child = right;
      if (this.#compare(item, items[child] as T) <= 0) break;
      items[position] = items[child] as T;
      position = child;
    }
    items[position] = item;
  }
}
