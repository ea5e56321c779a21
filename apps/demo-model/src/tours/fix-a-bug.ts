import type { Tour } from './tour.ts';

const PRICE = `"""Prices of a small shop, in cents."""


def total(prices, discount_percent=0):
    """The sum of the prices, less the discount, rounded to whole cents."""
    amount = sum(prices)
    return amount - amount * discount_percent // 100


def shipping(amount):
    """Orders of 50.00 or more are sent for free."""
    if amount > 5000:
        return 0
    return 490
`;

const TEST = `import unittest

from price import shipping, total


class PriceTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1000, 250]), 1250)
        self.assertEqual(total([1000], discount_percent=15), 850)

    def test_small_orders_pay_shipping(self):
        self.assertEqual(shipping(1250), 490)

    def test_orders_of_fifty_are_free(self):
        self.assertEqual(shipping(5000), 0)


if __name__ == "__main__":
    unittest.main()
`;

export const bugTour: Tour = {
  prompt: 'Find and fix a bug',
  steps: [
    {
      say: 'There is nothing broken here yet, so I set the stage: a tiny price calculator in `shop/` with its tests.',
      calls: [
        { name: 'write_file', arguments: { path: 'shop/price.py', content: PRICE } },
        { name: 'write_file', arguments: { path: 'shop/test_price.py', content: TEST } },
      ],
    },
    {
      say: 'Let me run the tests.',
      expect: /test_price\.py/,
      calls: [
        { name: 'run_command', arguments: { command: 'python3 -m unittest -v test_price', cwd: 'shop' } },
      ],
    },
    {
      say: 'One fails: an order of exactly 50.00 should be sent for free. I look at how `shipping` decides.',
      expect: /FAILED/,
      calls: [
        { name: 'grep', arguments: { pattern: 'def shipping', path: 'shop' } },
        { name: 'read_file', arguments: { path: 'shop/price.py', offset: 10 } },
      ],
    },
    {
      say: 'There it is: the docstring says “50.00 or more”, the code says `> 5000`. It must be `>=`.',
      expect: /amount > 5000/,
      calls: [
        {
          name: 'edit_file',
          arguments: { path: 'shop/price.py', old_text: 'if amount > 5000:', new_text: 'if amount >= 5000:' },
        },
        { name: 'run_command', arguments: { command: 'python3 -m unittest -v test_price', cwd: 'shop' } },
      ],
    },
    {
      say: 'Fixed: `shop/price.py` compares with `>=` now and all tests pass.\n\n_(I am a scripted demo: what I said was written beforehand, but the bug, the failing test and the fix really happened in your workspace.)_',
      expect: /\bOK\b/,
    },
  ],
};
