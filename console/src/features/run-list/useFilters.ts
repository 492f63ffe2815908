import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { isDefault, keepColumns, keptColumns, readColumns, type ColumnId } from './columns'
import { DEFAULT_SORT, fromQuery, toQuery, type RunFilters, type RunSort } from './filters'

/** Filters, order and columns as the address has them; what is changed here changes the address, and nothing else keeps them. */
export function useFilters(fixed: () => Partial<RunFilters>) {
  const route = useRoute()
  const router = useRouter()
  const asked = computed(() => fromQuery(route.query))
  const filters = computed<RunFilters>(() => ({ ...asked.value.filters, ...fixed() }))
  const sort = computed<RunSort>(() => asked.value.sort)
  const kept = keptColumns(localStorage)
  const columns = computed<readonly ColumnId[]>(() => readColumns(String(route.query['cols'] ?? '')) ?? kept)

  /** A filter is a new look at the list, so Back undoes it; an order or a column is not worth a step. */
  function put(nextFilters: RunFilters, nextSort: RunSort, how: 'push' | 'replace') {
    const own = { ...nextFilters }
    for (const key of Object.keys(fixed()) as (keyof RunFilters)[]) if (key !== 'states') Reflect.deleteProperty(own, key)
    const cols = route.query['cols']
    const query = { ...toQuery(own, nextSort), ...(cols !== undefined && { cols }) }
    void router[how]({ query, hash: route.hash })
  }

  function setColumns(next: readonly ColumnId[]) {
    kept.splice(0, kept.length, ...next)
    keepColumns(localStorage, next)
    const { cols: _, ...rest } = route.query
    void router.replace({ query: isDefault(next) ? rest : { ...rest, cols: next.join() } })
  }

  return {
    filters,
    sort,
    columns,
    setFilters: (next: RunFilters) => put(next, sort.value, 'push'),
    setSort: (next: RunSort) => put(filters.value, next, 'replace'),
    setColumns,
    clear: () => put({ states: [] }, DEFAULT_SORT, 'push'),
  }
}
