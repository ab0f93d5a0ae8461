package main

import (
	"context"

	"offhook/translator"
)

// queueBooks reads the books of all queues, in the exchange's turns.
func queueBooks(x *translator.Exchange) func(context.Context) ([]queueBook, error) {
	return func(ctx context.Context) (books []queueBook, err error) {
		queues, err := x.Queues(ctx)
		if err != nil {
			return nil, err
		}
		for _, q := range queues {
			b := queueBook{figures: q.Figures, estimate: q.Estimate, serves: q.Open && !q.Paused, agents: q.States}
			if _, b.total, err = x.QueueFigures(ctx, q.Figures.Queue); err != nil {
				return nil, err
			}
			books = append(books, b)
		}
		return books, nil
	}
}
