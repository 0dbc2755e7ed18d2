export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  public: {
    Tables: {
      account_invitations: {
        Row: {
          account_id: string
          created_at: string
          role: string
          team_name: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          created_at?: string
          role: string
          team_name: string
          user_id: string
        }
        Update: {
          account_id?: string
          created_at?: string
          role?: string
          team_name?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'account_invitations_account_id_fkey'
            columns: ['account_id']
            isOneToOne: false
            referencedRelation: 'accounts'
            referencedColumns: ['id']
          },
        ]
      }
      account_members: {
        Row: {
          account_id: string
          created_at: string
          role: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          created_at?: string
          role: string
          user_id: string
        }
        Update: {
          account_id?: string
          created_at?: string
          role?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'account_members_account_id_fkey'
            columns: ['account_id']
            isOneToOne: false
            referencedRelation: 'accounts'
            referencedColumns: ['id']
          },
        ]
      }
      accounts: {
        Row: {
          created_at: string
          created_by: string | null
          id: string
          kind: string
          name: string | null
          plan: string
          shares_texts: boolean
          shares_texts_since: string | null
        }
        ComputedFields: never
        Insert: {
          created_at?: string
          created_by?: string | null
          id?: string
          kind: string
          name?: string | null
          plan?: string
          shares_texts?: boolean
          shares_texts_since?: string | null
        }
        Update: {
          created_at?: string
          created_by?: string | null
          id?: string
          kind?: string
          name?: string | null
          plan?: string
          shares_texts?: boolean
          shares_texts_since?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'accounts_plan_fkey'
            columns: ['plan']
            isOneToOne: false
            referencedRelation: 'plans'
            referencedColumns: ['name']
          },
        ]
      }
      ai_calls: {
        Row: {
          account_id: string
          attempt: number
          believed_input: number | null
          believed_output: number | null
          cost_source: string | null
          cost_usd: number | null
          data_residency: string | null
          error: Json | null
          estimated_usd: number
          finished_at: string | null
          first_token_ms: number | null
          fx_rate: number | null
          generation_id: string | null
          hedge: boolean
          http_status: number | null
          id: string
          key_fingerprint: string | null
          kind: string
          latency_ms: number | null
          model: string
          model_served: string | null
          outcome: string | null
          provider: string
          provider_request_id: string | null
          purpose: string
          region: string | null
          reserved_usd: number
          settle_after: string | null
          settle_tries: number
          started_at: string
          tokens_cached: number | null
          tokens_input: number | null
          tokens_output: number | null
          tokens_reasoning: number | null
          user_id: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          attempt: number
          believed_input?: number | null
          believed_output?: number | null
          cost_source?: string | null
          cost_usd?: number | null
          data_residency?: string | null
          error?: Json | null
          estimated_usd?: number
          finished_at?: string | null
          first_token_ms?: number | null
          fx_rate?: number | null
          generation_id?: string | null
          hedge?: boolean
          http_status?: number | null
          id?: string
          key_fingerprint?: string | null
          kind?: string
          latency_ms?: number | null
          model: string
          model_served?: string | null
          outcome?: string | null
          provider: string
          provider_request_id?: string | null
          purpose?: string
          region?: string | null
          reserved_usd?: number
          settle_after?: string | null
          settle_tries?: number
          started_at?: string
          tokens_cached?: number | null
          tokens_input?: number | null
          tokens_output?: number | null
          tokens_reasoning?: number | null
          user_id: string
        }
        Update: {
          account_id?: string
          attempt?: number
          believed_input?: number | null
          believed_output?: number | null
          cost_source?: string | null
          cost_usd?: number | null
          data_residency?: string | null
          error?: Json | null
          estimated_usd?: number
          finished_at?: string | null
          first_token_ms?: number | null
          fx_rate?: number | null
          generation_id?: string | null
          hedge?: boolean
          http_status?: number | null
          id?: string
          key_fingerprint?: string | null
          kind?: string
          latency_ms?: number | null
          model?: string
          model_served?: string | null
          outcome?: string | null
          provider?: string
          provider_request_id?: string | null
          purpose?: string
          region?: string | null
          reserved_usd?: number
          settle_after?: string | null
          settle_tries?: number
          started_at?: string
          tokens_cached?: number | null
          tokens_input?: number | null
          tokens_output?: number | null
          tokens_reasoning?: number | null
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'ai_calls_generation_id_fkey'
            columns: ['generation_id']
            isOneToOne: false
            referencedRelation: 'ai_generations'
            referencedColumns: ['id']
          },
        ]
      }
      ai_findings: {
        Row: {
          account_id: string
          category: string
          created_at: string
          end_line: number
          fingerprint: string
          flags: string[]
          generation_id: string
          id: string
          level: string
          message: string
          path: string
          position: number
          quote: string
          reject_reason: string | null
          replacement: string | null
          reviewed_at: string | null
          start_line: number
          status: string
          title: string
          user_id: string
          written_at: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          category: string
          created_at?: string
          end_line: number
          fingerprint: string
          flags?: string[]
          generation_id: string
          id?: string
          level: string
          message: string
          path: string
          position: number
          quote: string
          reject_reason?: string | null
          replacement?: string | null
          reviewed_at?: string | null
          start_line: number
          status?: string
          title: string
          user_id: string
          written_at: string
        }
        Update: {
          account_id?: string
          category?: string
          created_at?: string
          end_line?: number
          fingerprint?: string
          flags?: string[]
          generation_id?: string
          id?: string
          level?: string
          message?: string
          path?: string
          position?: number
          quote?: string
          reject_reason?: string | null
          replacement?: string | null
          reviewed_at?: string | null
          start_line?: number
          status?: string
          title?: string
          user_id?: string
          written_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'ai_findings_generation_id_user_id_account_id_fkey'
            columns: ['generation_id', 'user_id', 'account_id']
            isOneToOne: false
            referencedRelation: 'ai_generations'
            referencedColumns: ['id', 'user_id', 'account_id']
          },
        ]
      }
      ai_generations: {
        Row: {
          account_id: string
          ai_metadata: NonNullable<Json>
          attempts: number
          conversation_id: string | null
          cost_usd: number
          created_at: string
          data_residency: string
          delivered_at: string | null
          error: Json | null
          finished_at: string | null
          id: string
          idempotency_key: string | null
          input: Json | null
          kind: string
          max_total_tokens: number | null
          model: string
          optimize: string | null
          options: NonNullable<Json>
          output: Json | null
          prompt_version: string
          request_digest: string | null
          request_id: string | null
          saved_usd: number | null
          source_text: string | null
          started_at: string | null
          status: string
          suggestions_count: number
          text_digest: string | null
          tokens_input: number | null
          tokens_output: number | null
          trace_id: string | null
          traceparent: string | null
          updated_at: string
          user_id: string
          waiting: boolean
          written_at: string | null
        }
        ComputedFields: never
        Insert: {
          account_id?: string
          ai_metadata?: NonNullable<Json>
          attempts?: number
          conversation_id?: never
          cost_usd?: number
          created_at?: string
          data_residency?: string
          delivered_at?: string | null
          error?: Json | null
          finished_at?: string | null
          id?: string
          idempotency_key?: string | null
          input?: Json | null
          kind?: string
          max_total_tokens?: number | null
          model?: string
          optimize?: string | null
          options?: NonNullable<Json>
          output?: Json | null
          prompt_version?: string
          request_digest?: string | null
          request_id?: string | null
          saved_usd?: number | null
          source_text?: string | null
          started_at?: string | null
          status?: string
          suggestions_count?: number
          text_digest?: string | null
          tokens_input?: number | null
          tokens_output?: number | null
          trace_id?: string | null
          traceparent?: string | null
          updated_at?: string
          user_id?: string
          waiting?: boolean
          written_at?: string | null
        }
        Update: {
          account_id?: string
          ai_metadata?: NonNullable<Json>
          attempts?: number
          conversation_id?: never
          cost_usd?: number
          created_at?: string
          data_residency?: string
          delivered_at?: string | null
          error?: Json | null
          finished_at?: string | null
          id?: string
          idempotency_key?: string | null
          input?: Json | null
          kind?: string
          max_total_tokens?: number | null
          model?: string
          optimize?: string | null
          options?: NonNullable<Json>
          output?: Json | null
          prompt_version?: string
          request_digest?: string | null
          request_id?: string | null
          saved_usd?: number | null
          source_text?: string | null
          started_at?: string | null
          status?: string
          suggestions_count?: number
          text_digest?: string | null
          tokens_input?: number | null
          tokens_output?: number | null
          trace_id?: string | null
          traceparent?: string | null
          updated_at?: string
          user_id?: string
          waiting?: boolean
          written_at?: string | null
        }
        Relationships: []
      }
      ai_routes_health: {
        Row: {
          changed_at: string
          model: string
          open_until: string | null
          openings: number
          priced_on: string | null
          provider: string
          reason: string | null
          region: string
          seen_at: string
          state: string
        }
        ComputedFields: never
        Insert: {
          changed_at?: string
          model: string
          open_until?: string | null
          openings?: number
          priced_on?: string | null
          provider: string
          reason?: string | null
          region: string
          seen_at?: string
          state?: string
        }
        Update: {
          changed_at?: string
          model?: string
          open_until?: string | null
          openings?: number
          priced_on?: string | null
          provider?: string
          reason?: string | null
          region?: string
          seen_at?: string
          state?: string
        }
        Relationships: []
      }
      ai_suggestions: {
        Row: {
          account_id: string
          back: string
          created_at: string
          edited: boolean
          fingerprint: string
          flags: string[]
          front: string
          generation_id: string
          id: string
          position: number
          quote_end: number
          quote_start: number
          reject_reason: string | null
          reviewed_at: string | null
          source_quote: string
          status: string
          user_id: string
          written_at: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          back: string
          created_at?: string
          edited?: boolean
          fingerprint: string
          flags?: string[]
          front: string
          generation_id: string
          id?: string
          position: number
          quote_end: number
          quote_start: number
          reject_reason?: string | null
          reviewed_at?: string | null
          source_quote: string
          status?: string
          user_id: string
          written_at: string
        }
        Update: {
          account_id?: string
          back?: string
          created_at?: string
          edited?: boolean
          fingerprint?: string
          flags?: string[]
          front?: string
          generation_id?: string
          id?: string
          position?: number
          quote_end?: number
          quote_start?: number
          reject_reason?: string | null
          reviewed_at?: string | null
          source_quote?: string
          status?: string
          user_id?: string
          written_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'ai_suggestions_generation_id_user_id_account_id_fkey'
            columns: ['generation_id', 'user_id', 'account_id']
            isOneToOne: false
            referencedRelation: 'ai_generations'
            referencedColumns: ['id', 'user_id', 'account_id']
          },
        ]
      }
      budget_alerts: {
        Row: {
          account_id: string
          budget_usd: number
          created_at: string
          enqueued_at: string | null
          month: string
          reason: string
          spent_usd: number
          threshold: number
        }
        ComputedFields: never
        Insert: {
          account_id: string
          budget_usd: number
          created_at?: string
          enqueued_at?: string | null
          month: string
          reason?: string
          spent_usd: number
          threshold: number
        }
        Update: {
          account_id?: string
          budget_usd?: number
          created_at?: string
          enqueued_at?: string | null
          month?: string
          reason?: string
          spent_usd?: number
          threshold?: number
        }
        Relationships: []
      }
      card_reviews: {
        Row: {
          card_id: string
          difficulty: number
          due: string
          id: string
          lapses: number
          learning_step: number
          rating: string
          reps: number
          reviewed_at: string
          scheduled_days: number
          stability: number
          state: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          card_id: string
          difficulty: number
          due: string
          id: string
          lapses: number
          learning_step: number
          rating: string
          reps: number
          reviewed_at: string
          scheduled_days: number
          stability: number
          state: string
          user_id: string
        }
        Update: {
          card_id?: string
          difficulty?: number
          due?: string
          id?: string
          lapses?: number
          learning_step?: number
          rating?: string
          reps?: number
          reviewed_at?: string
          scheduled_days?: number
          stability?: number
          state?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'card_reviews_card_id_fkey'
            columns: ['card_id']
            isOneToOne: false
            referencedRelation: 'cards'
            referencedColumns: ['id']
          },
        ]
      }
      card_schedules: {
        Row: {
          card_id: string
          difficulty: number
          due: string
          lapses: number
          last_reviewed_at: string | null
          learning_step: number
          reps: number
          reviewed: boolean
          scheduled_days: number
          stability: number
          state: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          card_id: string
          difficulty?: number
          due: string
          lapses?: number
          last_reviewed_at?: string | null
          learning_step?: number
          reps?: number
          reviewed?: never
          scheduled_days?: number
          stability?: number
          state?: string
          user_id: string
        }
        Update: {
          card_id?: string
          difficulty?: number
          due?: string
          lapses?: number
          last_reviewed_at?: string | null
          learning_step?: number
          reps?: number
          reviewed?: never
          scheduled_days?: number
          stability?: number
          state?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'card_schedules_card_id_fkey'
            columns: ['card_id']
            isOneToOne: true
            referencedRelation: 'cards'
            referencedColumns: ['id']
          },
        ]
      }
      cards: {
        Row: {
          back: string
          created_at: string
          front: string
          id: string
          origin: string
          search_text: string
          source_quote: string | null
          suggestion_id: string | null
          tags: string[]
          updated_at: string
          user_id: string
        }
        ComputedFields: never
        Insert: {
          back: string
          created_at?: string
          front: string
          id?: string
          origin?: string
          search_text?: never
          source_quote?: string | null
          suggestion_id?: string | null
          tags?: string[]
          updated_at?: string
          user_id?: string
        }
        Update: {
          back?: string
          created_at?: string
          front?: string
          id?: string
          origin?: string
          search_text?: never
          source_quote?: string | null
          suggestion_id?: string | null
          tags?: string[]
          updated_at?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'cards_suggestion_id_fkey'
            columns: ['suggestion_id']
            isOneToOne: true
            referencedRelation: 'ai_suggestions'
            referencedColumns: ['id']
          },
        ]
      }
      plans: {
        Row: {
          allowed_kinds: string[] | null
          allowed_models: string[] | null
          burst: number
          concurrent: number | null
          kind_weights: NonNullable<Json>
          max_characters: number
          monthly_budget_usd: number | null
          name: string
          over_budget: string
          per_day: number | null
          per_month: number | null
          per_window: number | null
          priority: number
          throttle: boolean
          tokens_per_hour: number | null
          window_seconds: number
        }
        ComputedFields: never
        Insert: {
          allowed_kinds?: string[] | null
          allowed_models?: string[] | null
          burst?: number
          concurrent?: number | null
          kind_weights?: NonNullable<Json>
          max_characters?: number
          monthly_budget_usd?: number | null
          name: string
          over_budget?: string
          per_day?: number | null
          per_month?: number | null
          per_window?: number | null
          priority?: number
          throttle?: boolean
          tokens_per_hour?: number | null
          window_seconds?: number
        }
        Update: {
          allowed_kinds?: string[] | null
          allowed_models?: string[] | null
          burst?: number
          concurrent?: number | null
          kind_weights?: NonNullable<Json>
          max_characters?: number
          monthly_budget_usd?: number | null
          name?: string
          over_budget?: string
          per_day?: number | null
          per_month?: number | null
          per_window?: number | null
          priority?: number
          throttle?: boolean
          tokens_per_hour?: number | null
          window_seconds?: number
        }
        Relationships: []
      }
      webhook_attempts: {
        Row: {
          account_id: string
          class: string | null
          delivery_id: string
          excerpt: string | null
          http_status: number | null
          latency_ms: number
          message: string | null
          number: number
          started_at: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          class?: string | null
          delivery_id: string
          excerpt?: string | null
          http_status?: number | null
          latency_ms: number
          message?: string | null
          number: number
          started_at: string
        }
        Update: {
          account_id?: string
          class?: string | null
          delivery_id?: string
          excerpt?: string | null
          http_status?: number | null
          latency_ms?: number
          message?: string | null
          number?: number
          started_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'webhook_attempts_delivery_id_fkey'
            columns: ['delivery_id']
            isOneToOne: false
            referencedRelation: 'webhook_deliveries'
            referencedColumns: ['id']
          },
        ]
      }
      webhook_deliveries: {
        Row: {
          account_id: string
          attempts: number
          created_at: string
          data: NonNullable<Json>
          due_at: string | null
          endpoint_id: string
          finished_at: string | null
          id: string
          queued_at: string | null
          status: string
          tries: number
          type: string
          user_id: string | null
          webhook_id: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          attempts?: number
          created_at?: string
          data: NonNullable<Json>
          due_at?: string | null
          endpoint_id: string
          finished_at?: string | null
          id?: string
          queued_at?: string | null
          status?: string
          tries?: number
          type: string
          user_id?: string | null
          webhook_id: string
        }
        Update: {
          account_id?: string
          attempts?: number
          created_at?: string
          data?: NonNullable<Json>
          due_at?: string | null
          endpoint_id?: string
          finished_at?: string | null
          id?: string
          queued_at?: string | null
          status?: string
          tries?: number
          type?: string
          user_id?: string | null
          webhook_id?: string
        }
        Relationships: []
      }
      webhook_endpoints: {
        Row: {
          account_id: string
          created_at: string
          created_by: string | null
          description: string | null
          disabled_at: string | null
          disabled_reason: string | null
          enabled: boolean
          events: string[]
          failing_since: string | null
          id: string
          public_key: string
          secret_changed_at: string
          updated_at: string
          url: string
        }
        ComputedFields: never
        Insert: {
          account_id: string
          created_at?: string
          created_by?: string | null
          description?: string | null
          disabled_at?: string | null
          disabled_reason?: string | null
          enabled?: boolean
          events: string[]
          failing_since?: string | null
          id?: string
          public_key: string
          secret_changed_at?: string
          updated_at?: string
          url: string
        }
        Update: {
          account_id?: string
          created_at?: string
          created_by?: string | null
          description?: string | null
          disabled_at?: string | null
          disabled_reason?: string | null
          enabled?: boolean
          events?: string[]
          failing_since?: string | null
          id?: string
          public_key?: string
          secret_changed_at?: string
          updated_at?: string
          url?: string
        }
        Relationships: []
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      accept_invitation: { Args: { team: string }; Returns: undefined }
      change_team: { Args: { name: string; shares_texts: boolean; team: string }; Returns: undefined }
      create_team: { Args: { name: string }; Returns: string }
      decline_invitation: { Args: { team: string }; Returns: undefined }
      invite_member: { Args: { member: string; role: string; team: string }; Returns: undefined }
      remove_member: { Args: { member: string; team: string }; Returns: undefined }
      review_findings: {
        Args: { decisions: Json }
        Returns: {
          account_id: string
          category: string
          created_at: string
          end_line: number
          fingerprint: string
          flags: string[]
          generation_id: string
          id: string
          level: string
          message: string
          path: string
          position: number
          quote: string
          reject_reason: string | null
          replacement: string | null
          reviewed_at: string | null
          start_line: number
          status: string
          title: string
          user_id: string
          written_at: string
        }[]
        SetofOptions: {
          from: '*'
          to: 'ai_findings'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      review_suggestions: {
        Args: { decisions: Json }
        Returns: {
          account_id: string
          back: string
          created_at: string
          edited: boolean
          fingerprint: string
          flags: string[]
          front: string
          generation_id: string
          id: string
          position: number
          quote_end: number
          quote_start: number
          reject_reason: string | null
          reviewed_at: string | null
          source_quote: string
          status: string
          user_id: string
          written_at: string
        }[]
        SetofOptions: {
          from: '*'
          to: 'ai_suggestions'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      set_member: { Args: { member: string; role: string; team: string }; Returns: undefined }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema['CompositeTypes']
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  public: {
    Enums: {},
  },
} as const
