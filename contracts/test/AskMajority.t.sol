// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {AskMajority} from "../src/examples/AskMajority.sol";
import {IJobBoard, IJobConsumer} from "../src/interfaces/IJobBoard.sol";
import {MajorityTest} from "./base/MajorityTest.sol";

contract AskMajorityTest is MajorityTest {
    // ---- ask

    function test_ask_paysForTheCallerAndAsksSoManyTimes() public {
        uint256 before = token.balanceOf(REQUESTER);
        IJobBoard.Request[] memory expected = requestsOf(1, 5, terms());
        bytes32[] memory ids = new bytes32[](5);
        for (uint256 i = 0; i < 5; ++i) {
            ids[i] = requestId(expected[i]);
        }
        vm.expectEmit(address(example));
        emit AskMajority.Asked(1, REQUESTER, ids);
        vm.prank(REQUESTER);
        assertEq(example.ask(5, terms(), SPEC_BLOCK), 1, "number");
        assertEq(before - token.balanceOf(REQUESTER), 5 * EACH, "paid");
        assertEq(token.balanceOf(address(board)), 5 * EACH, "on the board");
        assertEq(token.allowance(address(example), address(board)), 0, "no allowance is left");
        for (uint256 i = 0; i < 5; ++i) {
            assertLane(expected[i], IJobBoard.State.Open);
        }
        AskMajority.Question memory q = example.questionOf(1);
        assertEq(q.asker, REQUESTER, "asker");
        assertEq(q.deadline, START_OF_QUESTION + BOARD_TIMEOUT, "deadline");
        assertState(1, AskMajority.State.Open);
    }

    /// @dev Which agent is first is drawn for each request anew.
    function test_ask_drawsEachRequestAnew() public {
        uint256 different;
        for (uint256 i = 0; i < 16; ++i) {
            (, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
            r[0].turns = r[1].turns = firstSeats();
            if (firstAgent(r[0]) != firstAgent(r[1])) ++different;
        }
        assertTrue(different > 8, "not the same agents for all");
    }

    function test_ask_failsForNumbersThatAreEvenOrOutOfRange() public {
        uint256[8] memory bad = [uint256(0), 1, 2, 4, 6, 8, 9, type(uint256).max];
        for (uint256 i = 0; i < bad.length; ++i) {
            reverts(abi.encodeWithSelector(AskMajority.BadCopies.selector, bad[i], 3, 7));
            example.ask(bad[i], terms(), SPEC_BLOCK);
        }
    }

    function test_ask_failsForWhatTheBoardRefuses() public {
        AskMajority.Terms memory t = terms();
        t.timeout = 31 days;
        vm.expectPartialRevert(IJobBoard.OutOfRange.selector);
        vm.prank(REQUESTER);
        example.ask(3, t, SPEC_BLOCK);
        vm.expectPartialRevert(IJobBoard.BadJob.selector);
        vm.prank(REQUESTER);
        example.ask(3, terms(), "");
    }

    function test_ask_spendsTheCallersMoneyAlone() public {
        // the contract holds another's
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 0, 1);
        board.withdraw(address(example));
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(stranger);
        example.ask(3, terms(), SPEC_BLOCK);
        example.withdraw(question, none());
    }

    // ---- counting

    function test_onJobDone_decidesWhenMoreThanHalfAreEqual() public {
        for (uint256 copies = 3; copies <= 7; copies += 2) {
            (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, copies);
            uint256 needed = copies / 2 + 1;
            for (uint256 i = 0; i < needed; ++i) {
                assertState(question, AskMajority.State.Open);
                IJobBoard.Delivery memory d = worked(r[i], i, runOf(1), PRICE);
                if (i == needed - 1) {
                    vm.expectEmit(address(example));
                    emit AskMajority.Decided(question, digestFor(runOf(1)));
                }
                bring(r[i], d);
            }
            assertState(question, AskMajority.State.Decided);
            _assertAnswer(question, runOf(1), 7);
        }
    }

    function test_onJobDone_choosesTheMajorityAndNotTheFirst() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[2], 0, 666);
        answer(r[0], 1, 1);
        answer(r[1], 2, 1);
        _assertAnswer(question, runOf(1), 7);
        assertEq(example.questionOf(question).chosen, 2, "an answer of the majority");
    }

    function test_onJobDone_takesNothingBackOnceDecided() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 5);
        for (uint256 i = 0; i < 3; ++i) {
            answer(r[i], i, 1);
        }
        _expectNotCounted(question, r[3], 3, 2);
        answer(r[4], 4, 2);
        _assertAnswer(question, runOf(1), 7);
        assertEq(example.answersOf(question).length, 3, "what comes later is not kept");
        assertEq(example.questionOf(question).delivered, 5, "but known");
    }

    /// @dev With one turn for all, one agent is as quick as it likes, and wins every request.
    function test_onJobDone_countsAnAgentOnce() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 4, 666);
        _expectNotCounted(question, r[1], 4, 666);
        assertState(question, AskMajority.State.Open);
        answer(r[2], 4, 666);
        assertState(question, AskMajority.State.Undecided);
        AskMajority.Answer[] memory answers = example.answersOf(question);
        assertEq(answers.length, 1, "one answer");
        assertEq(answers[0].agent, ownerOf(4), "of this agent");
    }

    /// @dev One account with several seats is one agent.
    function test_onJobDone_countsAnAccountOnceWhateverItsSeats() public {
        escrow.deposit(ownerOf(0), SEAT_STAKE);
        vm.prank(ownerOf(0));
        uint256 second = theCourt.takeSeat(JS);
        vm.warp(block.timestamp + ACTIVATION + 1);
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 0, 666);
        IJobBoard.Delivery memory d = worked(r[1], 0, runOf(666), PRICE);
        d.seat = second;
        bring(r[1], d);
        assertState(question, AskMajority.State.Open);
        assertEq(example.questionOf(question).best, 1, "one of them counts");
    }

    function test_onJobDone_takesAnAgentAtItsFirstWord() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 0, 666);
        answer(r[1], 0, 1); // changed its mind, or was caught
        answer(r[2], 1, 1);
        assertState(question, AskMajority.State.Undecided);
    }

    function test_onJobDone_isUndecidedAsSoonAsNothingCanDecide() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 5);
        answer(r[0], 0, 1);
        answer(r[1], 1, 2);
        answer(r[2], 2, 3);
        // two more could still make three
        assertState(question, AskMajority.State.Open);
        answer(r[3], 3, 4);
        assertState(question, AskMajority.State.Undecided);
        reverts(abi.encodeWithSelector(AskMajority.NotDecided.selector, question, AskMajority.State.Undecided));
        example.answerOf(question);
    }

    function test_onJobDone_aMajorityCanAgreeOnATimeout() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 0, timedOut(), PRICE);
        answer(r[1], 1, timedOut(), PRICE);
        (uint16 exitCode, bytes32 digest, bytes memory stdout, bytes memory outputs) = example.answerOf(question);
        assertEq(exitCode, 257, "no success");
        assertEq(digest, TIMEOUT, "digest");
        assertEq(stdout.length + outputs.length, 0, "nothing was kept");
    }

    function test_onJobDone_isTheBoardsAlone() public {
        (, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        IJobConsumer.JobResult memory result;
        reverts(abi.encodeWithSelector(AskMajority.OnlyBoard.selector, address(this)));
        example.onJobDone(requestId(r[0]), result);
    }

    /// @dev Anybody may name this contract as the callback of a request of its own.
    function test_onJobDone_failsForARequestOfSomebodyElse() public {
        IJobBoard.Order memory order = orderFor(address(example));
        (order.turns, order.lane) = (1, example.laneOf(1, 0));
        IJobBoard.Request memory r = asked(order);
        vm.warp(block.timestamp + 1);
        IJobBoard.Delivery memory d = deliveryOf(r, 0, 0);
        openFor(d);
        settleFor(d);
        vm.expectEmit(address(board));
        emit IJobBoard.CallbackFailed(requestId(r), address(example));
        bring(r, d);
        assertState(1, AskMajority.State.None);
    }

    /// @dev Whatever is answered by whom in whatever order, against a reference that looks at it all at once.
    function testFuzz_onJobDone_isWhatAReferenceSays(uint256 seed) public {
        uint256 copies = 3 + 2 * (seed % 3);
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, copies);
        uint256[] memory order = _shuffled(copies, seed >> 2);
        uint256[] memory agents = new uint256[](copies);
        uint256[] memory whats = new uint256[](copies);
        for (uint256 i = 0; i < copies; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            (agents[i], whats[i]) = (draw % 5, (draw >> 8) % 2);
            answer(r[order[i]], agents[i], whats[i]);
            (AskMajority.State expected, uint256 what) = _reference(copies, agents, whats, i + 1);
            assertState(question, expected);
            if (expected == AskMajority.State.Decided) _assertAnswer(question, runOf(what), 7);
        }
    }

    // ---- money

    function test_withdraw_sendsTheRestOfTheBidsToWhoAsked() public {
        uint256 before = token.balanceOf(REQUESTER);
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[0], 0, runOf(1), PRICE);
        answer(r[1], 1, runOf(1), 1);
        vm.expectEmit(address(example));
        emit AskMajority.Withdrawn(question, REQUESTER, 2 * BID - PRICE - 1);
        vm.prank(stranger);
        example.withdraw(question, none());
        answer(r[2], 2, runOf(2), BID);
        assertEq(token.balanceOf(REQUESTER), before - EACH - PRICE - 1 - 2 * BOARD_FEE, "paid for what was done");
        reverts(abi.encodeWithSelector(AskMajority.NothingToWithdraw.selector, question));
        example.withdraw(question, none());
        assertEq(heldBy(), 0, "nothing is left");
    }

    function test_withdraw_fetchesWhatNobodyServed() public {
        uint256 before = token.balanceOf(REQUESTER);
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        answer(r[1], 0, runOf(1), PRICE);
        IJobBoard.Request[] memory unserved = new IJobBoard.Request[](2);
        (unserved[0], unserved[1]) = (r[0], r[2]);
        vm.warp(r[0].createdAt + BOARD_TIMEOUT);
        vm.expectPartialRevert(IJobBoard.TooEarly.selector);
        example.withdraw(question, unserved);
        assertState(question, AskMajority.State.Open);
        vm.warp(r[0].createdAt + BOARD_TIMEOUT + 1);
        assertState(question, AskMajority.State.Undecided);
        example.withdraw(question, unserved);
        assertEq(token.balanceOf(REQUESTER), before - PRICE - BOARD_FEE, "all but what was done");
        assertEq(heldBy(), 0, "nothing is left");
        vm.expectPartialRevert(AskMajority.NothingToWithdraw.selector);
        example.withdraw(question, r);
    }

    /// @dev Anybody may fetch a refund on the board itself, one, some or all, before or in between.
    function test_withdraw_doesNotCareWhoFetchedIt() public {
        uint256 before = token.balanceOf(REQUESTER);
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 5);
        answer(r[4], 0, 1);
        vm.warp(r[0].createdAt + BOARD_TIMEOUT + 1);
        board.refund(r[1]);
        board.withdraw(address(example));
        example.withdraw(question, none());
        assertEq(token.balanceOf(REQUESTER), before - 3 * EACH - PRICE - BOARD_FEE, "one and a rest");
        board.refund(r[2]);
        example.withdraw(question, r);
        assertEq(token.balanceOf(REQUESTER), before - PRICE - BOARD_FEE, "everything, once");
        assertEq(heldBy(), 0, "nothing is left");
    }

    function test_withdraw_keepsAskersApart() public {
        (uint256 one, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        (uint256 other, IJobBoard.Request[] memory s) = askedBy(OTHER_ASKER, 3);
        answer(r[0], 0, runOf(1), PRICE);
        vm.warp(s[0].createdAt + BOARD_TIMEOUT + 1);
        // the money of both lies here now, and on the board
        board.refund(r[1]);
        board.refund(s[0]);
        uint256 before = token.balanceOf(OTHER_ASKER);
        example.withdraw(other, none());
        assertEq(token.balanceOf(OTHER_ASKER), before + EACH, "its own");
        vm.expectPartialRevert(AskMajority.NothingToWithdraw.selector);
        example.withdraw(other, none());
        before = token.balanceOf(REQUESTER);
        example.withdraw(one, none());
        assertEq(token.balanceOf(REQUESTER), before + EACH + BID - PRICE, "its own too");
    }

    function test_withdraw_failsForAQuestionThatNobodyAsked() public {
        reverts(abi.encodeWithSelector(AskMajority.NothingToWithdraw.selector, 7));
        example.withdraw(7, none());
        assertState(7, AskMajority.State.None);
    }

    // ---- helpers

    uint256 private constant START_OF_QUESTION = START + ACTIVATION + 1;

    function _assertAnswer(uint256 question, IJobBoard.Run memory run, uint256 expectedCode) private view {
        (uint16 exitCode, bytes32 digest, bytes memory stdout, bytes memory outputs) = example.answerOf(question);
        assertEq(exitCode, expectedCode, "exit code");
        assertEq(digest, digestFor(run), "digest");
        assertEq(stdout, abi.encodePacked(hex"01551220", run.stdout), "stdout");
        assertEq(outputs, abi.encodePacked(hex"01701220", run.outputs), "outputs");
    }

    function _expectNotCounted(uint256 question, IJobBoard.Request memory r, uint256 seat, uint256 what) private {
        IJobBoard.Delivery memory d = worked(r, seat, runOf(what), PRICE);
        bytes memory manifest = abi.encodePacked(hex"01711220", MANIFEST);
        vm.expectEmit(address(example));
        emit AskMajority.Answered(question, requestId(r), ownerOf(seat), digestFor(d.run), manifest, false);
        bring(r, d);
    }

    /// @dev Of the first `count` answers: of each agent the first, and nothing behind the decision.
    function _reference(uint256 copies, uint256[] memory agents, uint256[] memory whats, uint256 count)
        private
        pure
        returns (AskMajority.State, uint256)
    {
        uint256[2] memory votes;
        bool[5] memory seen;
        for (uint256 i = 0; i < count; ++i) {
            if (seen[agents[i]]) continue;
            seen[agents[i]] = true;
            if (++votes[whats[i]] == copies / 2 + 1) return (AskMajority.State.Decided, whats[i]);
        }
        uint256 best = votes[0] > votes[1] ? votes[0] : votes[1];
        bool possible = best + copies - count > copies / 2;
        return (possible ? AskMajority.State.Open : AskMajority.State.Undecided, 0);
    }

    function _shuffled(uint256 count, uint256 seed) private pure returns (uint256[] memory order) {
        order = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % (i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }
}
